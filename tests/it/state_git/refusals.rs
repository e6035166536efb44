//! The program, with a remote that cannot be used: one clear error with the next step, exit 1, nothing lost, and never an
//! empty state.

use super::server::{BRANCH, Server, server};
use crate::s3::fake::{self, Answers, Fault, Heard, Said};
use crate::support::{Workspace, skipped, stderr, stdout};
use crate::tls::{certificate, server_config};

const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// What each command tells.
#[track_caller]
fn is_refused(
    server: &Server,
    commands: &[&[&str]],
    state: &str,
    variables: &[(&str, &str)],
    (error, help): (&str, &str),
) {
    let before = server.git(&["for-each-ref"]);
    for args in commands {
        let output = server.command(args, Some(state)).envs(variables.iter().copied()).output().unwrap();
        let told = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}\n{told}");
        assert!(!told.contains("TopSecret") && !told.contains('\u{1b}'), "{told}");
        assert_eq!(told.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{told}");
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(error) && told.contains(help), "{told}\n\nexpected: {error}\nhelp: {help}");
        assert!(!told.contains("No changes") && !told.contains("Applied"), "{told}");
        assert!(args[0] == "apply" || !told.contains("project/"), "{told}");
    }
    assert_eq!(server.git(&["for-each-ref"]), before);
}

const ALL: [&[&str]; 3] = [&["plan"], &["state", "list"], &APPLY];

/// A remote with a state, beside a workspace.
fn applied() -> Option<Server> {
    let server = server()?;
    server.workspace();
    let output = server.keyplan(&APPLY, Some(&server.url()));
    assert!(output.status.success(), "{}", stderr(&output));
    Some(server)
}

#[test]
fn a_remote_that_is_not_there_or_may_not_be_read_and_a_branch_with_something_else() {
    let Some(server) = applied() else { return };
    let url = |remote: &str| format!("git:{remote}#{BRANCH}");
    let may_read = "whether you may read it";
    is_refused(
        &server,
        &ALL,
        &url("../nowhere.git"),
        &[],
        ("nowhere.git' does not appear to be a git repository", may_read),
    );
    let by_hand = "see that `git ls-remote` with this remote works without a question";
    for (said, expected) in [
        ("git@example.com: Permission denied (publickey).", ("Permission denied (publickey)", by_hand)),
        (
            "Host key verification failed.",
            ("Host key verification failed", "log in to the server once by hand"),
        ),
        ("ERROR: Repository not found.", ("Repository not found", may_read)),
    ] {
        server.script("programs/ssh", &format!("echo '{said}' >&2\nexit 255"));
        is_refused(&server, &ALL, &url("git@example.com:acme/state.git"), &[], expected);
    }
    server.put_code("refs/heads/main");
    let expected = ("the branch holds `README.md`, and no state", "name a branch on which nothing else is");
    is_refused(&server, &ALL, &format!("git:{}#refs/heads/main", server.remote), &[], expected);
    assert_eq!(stdout(&server.keyplan(&["plan"], Some(&server.url()))), "No changes.\n");
}

#[test]
fn who_may_read_and_not_push_plans_and_records_nothing() {
    let Some(server) = server() else { return };
    server.workspace();
    server.hook("echo 'You are not allowed to push to this branch'\nexit 1");
    let plan = server.keyplan(&["plan"], Some(&server.url()));
    assert!(plan.status.success() && stdout(&plan).contains("to create"), "{}", stderr(&plan));
    let expected = ("You are not allowed to push to this branch", "let whoever applies push to the branch");
    is_refused(&server, &[&APPLY], &server.url(), &[], expected);
}

/// Says the same to everybody.
struct Saying(Said);

impl Answers for Saying {
    fn answer(&mut self, _: &Heard) -> Result<Said, Fault> {
        Ok(self.0.clone())
    }
}

/// What commands tell when this is said to git at `git.example.com`, which it asks in the name of a user or of nobody.
type Case<'a> = (&'a [&'a [&'a str]], Said, &'a str, (&'a str, &'a str));

fn over_https(cases: &[Case<'_>]) {
    let Some(server) = applied() else { return };
    let secrets = Workspace::with(&[]);
    if !certificate(&secrets.root, "DNS:git.example.com", false) {
        return skipped("openssl makes no certificate here");
    }
    for (commands, said, user, expected) in cases {
        let proxy = fake::Server::start_as_proxy(Saying(said.clone()), server_config(&secrets.root));
        let (url, authority) = (proxy.url(), secrets.root.join("pem"));
        let variables = [("HTTPS_PROXY", &*url), ("GIT_SSL_CAINFO", authority.as_str())];
        let state = format!("git:https://{user}git.example.com/a.git#{BRANCH}");
        is_refused(&server, commands, &state, &variables, *expected);
    }
}

/// To git, a page without a line end is a repository in which nothing is; and so is none at all.
#[test]
fn a_web_page_is_no_repository_in_which_nothing_is() {
    let page = |text: &str| Said::new(200, "text/html; charset=utf-8", text);
    let expected = ("what answers is no server of git", "a sign-in page");
    let by_hand = "see that `git ls-remote` with this remote works";
    over_https(&[
        (&ALL, page("<html><body>Sign in first</body></html>"), "", expected),
        (&[&["plan"]], page(""), "", expected),
        (&[&["plan"]], page("<html>\n<body></body>\n"), "", ("a.git/info/refs not valid", by_hand)),
    ]);
}

#[test]
fn credentials_that_are_missing_or_not_taken() {
    let status = |status| Said::new(status, "text/plain", "no");
    let mut refusal = status(401);
    refusal.headers.push(("www-authenticate", "Basic realm=\"git\"".into()));
    let by_hand = "see that `git ls-remote` with this remote works without a question";
    let failed = "Authentication failed for 'https://git.example.com/a.git/'";
    let not_found = ("'https://git.example.com/a.git/' not found", "whether you may read it");
    over_https(&[
        (&ALL, refusal.clone(), "ana:TopSecret@", (failed, by_hand)),
        // What it says of a password that it may not ask for depends on its version.
        (&[&["plan"]], refusal, "", ("git says: ", by_hand)),
        (&[&["plan"]], status(403), "", ("The requested URL returned error: 403", by_hand)),
        (&[&["plan"]], status(404), "", not_found),
    ]);
}
