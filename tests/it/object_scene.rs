//! The binary, with a state in a store of objects.

use std::process::{Child, Command, Output, Stdio};

use jiff::Timestamp;

use crate::object_fakes::{Faulty, Rules};
use crate::s3::fake::{Fault, Heard, ObjectMap, Server};
use crate::support::{Workspace, command, stderr, stdout};

pub(crate) const APPLY: [&str; 3] = ["apply", "--auto-approve", "."];

/// Variables whose values are never shown.
const SECRETS: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_KEY"];

/// A workspace, and where its state is.
pub(crate) struct Scene {
    pub(crate) workspace: Workspace,
    pub(crate) place: String,
    pub(crate) variables: Vec<(&'static str, String)>,
}

pub(crate) fn project(description: &str) -> Vec<u8> {
    format!("apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: one, description: {description}}}\n")
        .into_bytes()
}

impl Scene {
    pub(crate) fn new(place: String, variables: Vec<(&'static str, String)>) -> Self {
        Self { workspace: Workspace::with(&[("access.yaml", &project("a"))]), place, variables }
    }

    fn command(&self, args: &[&str], place: &str, variables: &[(&str, &str)]) -> Command {
        let mut command = command(&self.workspace.root);
        command.args(args).args(["--state", place]).env("SSL_CERT_FILE", "/nonexistent");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for (name, value) in variables {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command
    }

    /// What a run tells with these variables beside the others, or instead of them. No secret is ever in it, and no byte of
    /// it rules the terminal.
    #[track_caller]
    pub(crate) fn told(&self, args: &[&str], place: &str, variables: &[(&str, &str)], code: i32) -> String {
        let output: Output = self.command(args, place, variables).output().unwrap();
        let told = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
        // That of an emulator may be as short as a word.
        let secrets =
            self.variables.iter().filter(|(name, value)| SECRETS.contains(name) && value.len() >= 8);
        for (name, value) in secrets {
            assert!(!told.contains(value), "`{name}` is shown: {told}");
        }
        told
    }

    #[track_caller]
    pub(crate) fn ends(&self, args: &[&str], code: i32) -> String {
        self.told(args, &self.place, &[], code)
    }

    /// One clear error with the next step, exit 1, and never an empty state.
    #[track_caller]
    pub(crate) fn is_refused(
        &self,
        args: &[&str],
        place: &str,
        variables: &[(&str, &str)],
        (error, help): (&str, &str),
    ) {
        let told = self.told(args, place, variables, 1);
        // Over the lines that it was folded into.
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(error) && told.contains(help), "{told}\n\nexpected: {error}\nhelp: {help}");
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
        assert!(!told.contains("project/one") && !told.contains("No changes"), "{told}");
    }

    /// What is planned is applied, and of twenty who apply at once one wins.
    pub(crate) fn twenty_writers(&self) {
        self.ends(&APPLY, 0);
        assert!(self.ends(&["plan", "."], 0).contains("No changes"));
        let plans: Vec<_> = (0..20).map(|number| format!("plan{number}")).collect();
        for (number, plan) in plans.iter().enumerate() {
            self.workspace.write("access.yaml", &project(&format!("b{number}")));
            self.ends(&["plan", "--out", plan, "."], 0);
        }
        let start = |plan: &String| {
            let mut command = self.command(&["apply", "--auto-approve", plan], &self.place, &[]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let children: Vec<Child> = plans.iter().map(start).collect();
        let codes: Vec<_> = children.into_iter().map(|mut child| child.wait().unwrap().code()).collect();
        assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
        assert!(self.ends(&["state", "verify"], 0).contains("2 revisions"));
    }
}

/// The same over a fake on a port of this machine, which answers whatever is planted.
pub(crate) struct Faked<R: Rules> {
    pub(crate) server: Server<Faulty<R>>,
    pub(crate) scene: Scene,
}

impl<R: Rules> Faked<R> {
    /// `variables` are those for the address of the fake.
    pub(crate) fn new(place: String, variables: impl Fn(String) -> Vec<(&'static str, String)>) -> Self {
        let mut fake = Faulty::new(ObjectMap::default());
        (fake.page, fake.now) = (1000, Box::new(Timestamp::now));
        let server = Server::start(fake);
        let scene = Scene::new(place, variables(server.url()));
        Self { server, scene }
    }

    pub(crate) fn plant(&self, trouble: impl FnMut(&Heard) -> Option<Fault> + Send + 'static) {
        self.server.bucket().trouble = Box::new(trouble);
    }

    pub(crate) fn objects(&self) -> ObjectMap {
        self.server.bucket().objects.clone()
    }

    /// What a store says for good is one clear error for each command, and nothing changes.
    #[track_caller]
    pub(crate) fn refused(&self, fault: Fault, expected: (&str, &str)) {
        let before = self.objects().lock().unwrap().clone();
        self.plant(move |_| Some(fault));
        for args in [&["plan", "."][..], &["state", "list"], &APPLY] {
            self.scene.is_refused(args, &self.scene.place, &[], expected);
        }
        self.plant(|_| None);
        assert_eq!(*self.objects().lock().unwrap(), before);
    }

    /// A web page in place of the store is told for what it is, whatever its status.
    #[track_caller]
    pub(crate) fn refuses_web_pages(&self) {
        for status in [200, 302, 403, 404] {
            let words = format!("a web page came back with status {status}");
            self.refused(Fault::WebPage(status), (&words, "see whether a proxy"));
        }
    }

    /// Who may read and not write can plan; an apply says what to allow, and nothing is recorded.
    #[track_caller]
    pub(crate) fn may_read_alone(&self, code: &'static str, help: &str) {
        self.plant(move |heard| heard.is_write().then_some(Fault::Refused(403, code)));
        assert!(self.scene.ends(&["plan", "."], 0).contains("+ project/one"));
        let told = self.scene.ends(&APPLY, 1);
        assert!(told.contains(help), "{told}");
        assert!(self.objects().lock().unwrap().is_empty());
    }
}
