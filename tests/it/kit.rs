//! What others bring into their repositories: the hook of pre-commit, the action, and the workflows of the documents.
//! Their scripts are run as the runner does it, by bash and with files for what they say, beside a repository with a
//! pull request in it. What reaches the network, `gh` and `cargo`, only notes how it was called.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use camino::Utf8Path;
use serde_yaml::Value;

use crate::s3::fake::{ACCESS_KEY, Answers, Bucket, Fault, Heard, SECRET_KEY, Said, Server};
use crate::support::{Workspace, repository, skipped, skipped_without, stderr, stdout};

const ACCESS: &str = include_str!("../fixtures/documentation/payments/access.yaml");
const CLUSTERS: &str = include_str!("../fixtures/documentation/payments/clusters.yaml");

/// Notes its folder and arguments.
const NOTE: &str = "#!/bin/sh\necho \"${0##*/} in $PWD: $*\" >> \"$CALLS\"\n";

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// Files of the documents, as a reader would save them.
fn documented() -> BTreeMap<String, String> {
    let text = read("docs/ci.md");
    let mut files = BTreeMap::new();
    for part in text.split("<!-- file: ").skip(1) {
        let (path, rest) = part.split_once(" -->\n```yaml\n").unwrap();
        files.insert(path.to_owned(), rest.split_once("\n```\n").unwrap().0.to_owned());
    }
    files
}

/// The steps of the action, or of all jobs of a workflow.
fn steps(text: &str) -> Vec<Value> {
    let parsed: Value = serde_yaml::from_str(text).unwrap();
    let jobs = match &parsed["jobs"] {
        Value::Mapping(jobs) => jobs.iter().map(|(_, job)| job.clone()).collect(),
        _ => vec![parsed["runs"].clone()],
    };
    jobs.iter().flat_map(|job| job["steps"].as_sequence().unwrap().clone()).collect()
}

/// The script of a step.
fn script(text: &str, name: &str) -> String {
    let steps = steps(text);
    let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

/// A runner with the checkout of a pull request, whose branch began at `origin/main`.
struct Runner {
    folder: Workspace,
}

impl Runner {
    fn new() -> Option<Self> {
        for program in ["bash", "git", "jq"] {
            if !["/usr/bin", "/bin"].iter().any(|folder| Utf8Path::new(folder).join(program).exists()) {
                skipped(&format!("there is no {program}"));
                return None;
            }
        }
        let folder = Workspace::with(&[
            ("job/access/access.yaml", ACCESS.as_bytes()),
            ("job/access/clusters.yaml", CLUSTERS.as_bytes()),
            ("tools/gh", NOTE.as_bytes()),
            ("tools/cargo", NOTE.as_bytes()),
        ]);
        for tool in ["gh", "cargo"] {
            folder.executable(&format!("tools/{tool}"));
        }
        let runner = Self { folder };
        runner.passes(
            "git init -q --bare -b main ../server.git; git init -q -b main; git config user.name ana
             git config user.email ana@example.com; git add .; git commit -qm Begin
             git remote add origin ../server.git; git push -qu origin main; mkdir ../temp",
        );
        Some(runner)
    }

    /// Runs a script in the checkout as the runner runs a step.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let root = &self.folder.root;
        let binary = Utf8Path::new(env!("CARGO_BIN_EXE_keyplan")).parent().unwrap();
        Command::new("/bin/bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(root.join("job"))
            .env_clear()
            .env("HOME", root.as_str())
            .env("USER", "ana")
            .env("PATH", format!("{root}/tools:{binary}:/usr/bin:/bin"))
            .env("GITHUB_ACTIONS", "true")
            .env("CALLS", root.join("calls").as_str())
            .env("RUNNER_TEMP", root.join("temp").as_str())
            .env("GITHUB_OUTPUT", root.join("output").as_str())
            .env("GITHUB_PATH", root.join("path").as_str())
            .env("GITHUB_STEP_SUMMARY", root.join("summary").as_str())
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn passes(&self, script: &str) {
        let output = self.run(script, &[]);
        assert!(output.status.success(), "{}", stderr(&output));
    }

    /// Runs a step of the action; the exit code.
    fn step(&self, name: &str, variables: &[(&str, &str)]) -> i32 {
        let output = self.run(&script(&read("action.yml"), name), variables);
        output.status.code().unwrap()
    }

    fn validates(&self, workspace: &str, deny_warnings: &str) -> i32 {
        let variables = [("WORKSPACE", workspace), ("MIN_FILES", "1"), ("DENY_WARNINGS", deny_warnings)];
        self.step("Validate", &variables)
    }

    fn plans(&self, plan: &str, branch: &str) -> i32 {
        let variables =
            [("WORKSPACE", "access"), ("PLAN", plan), ("BASE", ""), ("BRANCH", branch), ("OUT", "")];
        self.step("Plan", &variables)
    }

    /// What was written to a file of the runner since it was last asked.
    fn written(&self, file: &str) -> String {
        let path = self.folder.root.join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        text
    }

    /// How many files of the state's log the server has.
    fn kept(&self) -> usize {
        let listed = self.run("git -C ../server.git ls-tree -r --name-only main", &[]);
        stdout(&listed).lines().filter(|line| line.contains("/.keyplan/state/log/")).count()
    }

    fn changes(&self) {
        self.folder.write("job/access/clusters.yaml", CLUSTERS.replacen("ops", "on-call", 1).as_bytes());
    }

    fn breaks(&self) {
        self.folder.write("job/access/clusters.yaml", CLUSTERS.replacen("ops", "opps", 1).as_bytes());
    }
}

impl Workspace {
    fn executable(&self, path: &str) {
        fs::set_permissions(self.root.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_step_that_validates_says_what_it_found() {
    let Some(runner) = Runner::new() else { return };
    let sarif = format!("sarif={}/temp/keyplan.sarif\n", runner.folder.root);
    assert_eq!(runner.validates("access", "true"), 0);
    assert_eq!(runner.written("output"), format!("{sarif}valid=true\n"));
    runner.breaks();
    assert_eq!(runner.validates("access", "false"), 3);
    assert_eq!(runner.written("output"), format!("{sarif}valid=false\n"));
    fs::create_dir(runner.folder.root.join("job/acces")).unwrap();
    assert_eq!(runner.validates("acces", "false"), 1, "nothing is there to read");
    assert!(runner.written("output").ends_with("valid=false\n"));
}

#[test]
fn an_input_is_never_a_command_or_an_option() {
    let Some(runner) = Runner::new() else { return };
    for hostile in
        ["--help", "$(touch ../temp/there)", "`touch ../temp/there`", "a; touch ../temp/there", "-C/"]
    {
        assert_eq!(runner.validates(hostile, "false"), 1, "{hostile}");
        assert_ne!(runner.plans(hostile, ""), 0, "{hostile}");
        assert_ne!(runner.plans("base", hostile), 0, "{hostile}");
        assert!(!runner.folder.root.join("temp/there").exists(), "{hostile}");
    }
}

#[test]
fn a_step_that_plans_says_whether_anything_changes() {
    let Some(runner) = Runner::new() else { return };
    let markdown = format!("markdown={}/temp/keyplan.md\n", runner.folder.root);
    assert_eq!(runner.plans("base", "main"), 0);
    assert_eq!(runner.written("output"), format!("{markdown}changes=false\n"));
    runner.changes();
    runner.written("summary");
    assert_eq!(runner.plans("base", "main"), 0);
    assert_eq!(runner.written("output"), format!("{markdown}changes=true\n"));
    assert!(runner.written("summary").contains("cluster/payments/prod-eu"));
    assert_eq!(runner.plans("base", "gone"), 1, "a plan that could not be made");
    assert_eq!(runner.plans("base", ""), 0);
    runner.breaks();
    runner.written("output");
    assert_eq!(runner.plans("base", "main"), 3);
    assert_eq!(runner.written("output"), markdown, "the findings, in the place of a plan");
    assert_eq!(runner.plans("all", "main"), 64);
}

#[test]
fn what_guards_will_refuse_is_shown() {
    let Some(runner) = Runner::new() else { return };
    let strict =
        b"apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: a}\nspec: {budgets: {deletes: 0}}\n";
    runner.folder.write("job/access/keyplan.yaml", strict);
    runner.passes("git add .; git commit -qm Strict; git push -q");
    fs::remove_file(runner.folder.root.join("job/access/clusters.yaml")).unwrap();
    assert_eq!(runner.plans("base", "main"), 0, "the plan is sound; its apply would end with 5");
    assert!(runner.written("summary").contains("Guards refuse"));
}

#[test]
fn one_comment_is_kept() {
    let Some(runner) = Runner::new() else { return };
    runner.changes();
    assert_eq!(runner.plans("base", "main"), 0);
    let markdown = runner.folder.root.join("temp/keyplan.md");
    let text = fs::read_to_string(&markdown).unwrap();
    let comments = |comments: &[(&str, bool)]| {
        let comment = |(body, is_own): &(&str, bool)| {
            let url = "https://forge.example/pull/7#issuecomment-41";
            serde_json::json!({"body": body, "viewerDidAuthor": is_own, "url": url})
        };
        let all = serde_json::json!({"comments": comments.iter().map(comment).collect::<Vec<_>>()});
        let view = format!("{NOTE}if [ \"$2\" = view ]; then cat <<'END'\n{all}\nEND\nfi\n");
        runner.folder.write("tools/gh", view.as_bytes());
        runner.written("calls");
    };
    let comment = |changes: &str| {
        let variables = [("NUMBER", "7"), ("MARKDOWN", markdown.as_str()), ("CHANGES", changes)];
        assert_eq!(runner.step("Comment", &variables), 0);
        runner.written("calls")
    };
    let posted = format!("pr comment 7 --body-file {markdown}\n");
    comments(&[]);
    assert!(comment("true").ends_with(&posted));
    assert!(comment("").ends_with(&posted), "findings, in the place of a plan");
    assert!(!comment("false").contains("pr comment"), "nothing to say");
    comments(&[(&text, false), ("thanks", true)]);
    assert!(comment("true").ends_with(&posted), "a comment of somebody else stays");
    comments(&[("thanks", true), (&text, true)]);
    let edited = comment("false");
    assert!(edited.contains("--method PATCH repos/{owner}/{repo}/issues/comments/41 "), "{edited}");
    assert!(edited.ends_with(&format!("--field body=@{markdown}\n")), "{edited}");
}

#[test]
fn keyplan_is_built_where_there_is_none_and_away_from_what_the_change_says() {
    let Some(runner) = Runner::new() else { return };
    let sources = runner.folder.root.join("action");
    fs::create_dir(&sources).unwrap();
    let variables = [("SOURCES", sources.as_str())];
    assert_eq!(runner.step("Find or build keyplan", &variables), 0);
    assert_eq!(runner.written("calls"), "");
    let tools = format!("{}/tools", runner.folder.root);
    let without = [variables[0], ("PATH", tools.as_str())];
    assert_eq!(runner.step("Find or build keyplan", &without), 0);
    assert!(runner.written("calls").starts_with(&format!("cargo in {sources}: install --locked ")));
    assert_eq!(runner.written("path"), format!("{}/temp/keyplan/bin\n", runner.folder.root));
}

#[test]
fn the_jobs_after_the_merge_apply_what_was_planned_and_keep_the_state() {
    let Some(runner) = Runner::new() else { return };
    let workflow = documented().remove(".github/workflows/access-apply.yml").unwrap();
    let apply = script(&workflow, "Apply");
    let plan = |changes: &str| {
        let variables = [("WORKSPACE", "access"), ("PLAN", "state"), ("BASE", ""), ("OUT", "access.plan")];
        assert_eq!(runner.step("Plan", &variables), 0);
        assert!(runner.written("output").ends_with(&format!("changes={changes}\n")));
    };
    plan("true");
    assert_eq!(runner.run(&apply, &[]).status.code(), Some(0));
    let first = runner.kept();
    assert!(first > 0);
    plan("false");
    runner.changes();
    plan("true");
    runner.passes(
        "cp access.plan ../temp; keyplan plan --out access.plan access; keyplan apply access.plan access; \
         mv ../temp/access.plan .",
    );
    assert_eq!(runner.run(&apply, &[]).status.code(), Some(7), "the state moved on");
    assert!(runner.kept() > first, "what there is of the state is kept all the same");
}

/// The service of AWS that gives a key for a token.
struct TokenService;

const SIGNED_IN: &str = "eyJ.of-this-job";
const SESSION: &str = "TokenOfTheSession";

impl Answers for TokenService {
    fn answer(&mut self, heard: &Heard) -> Result<Said, Fault> {
        let body = String::from_utf8(heard.body.clone()).unwrap();
        assert!(body.contains(&format!("WebIdentityToken={SIGNED_IN}")), "{body}");
        let key = format!(
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
             <AccessKeyId>{ACCESS_KEY}</AccessKeyId><SecretAccessKey>{SECRET_KEY}</SecretAccessKey>\
             <SessionToken>{SESSION}</SessionToken></Credentials></AssumeRoleWithWebIdentityResult>\
             </AssumeRoleWithWebIdentityResponse>"
        );
        Ok(Said::new(200, "text/xml", key))
    }
}

#[test]
fn the_jobs_with_a_state_in_a_bucket_sign_in_plan_and_apply() {
    let Some(runner) = Runner::new() else { return };
    let mut bucket = Bucket::new(std::sync::Arc::default());
    (bucket.now, bucket.token) = (Box::new(jiff::Timestamp::now), Some(SESSION.into()));
    let (bucket, tokens) = (Server::start(bucket), Server::start(TokenService));
    let curl = format!("{NOTE}echo '{{\"value\": \"{SIGNED_IN}\"}}'\n");
    runner.folder.write("tools/curl", curl.as_bytes());
    runner.folder.executable("tools/curl");
    let workflow = documented().remove(".github/workflows/access-apply-s3.yml").unwrap();
    let parsed: Value = serde_yaml::from_str(&workflow).unwrap();
    let temp = runner.folder.root.join("temp");
    let run = |job: &str, name: &str| {
        let steps = parsed["jobs"][job]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();
        let variables = [&parsed["env"], &step["env"]];
        let variables =
            variables.iter().flat_map(|variables| variables.as_mapping().unwrap()).map(|(name, value)| {
                (name.as_str().unwrap(), value.as_str().unwrap().replace("${{ runner.temp }}", temp.as_str()))
            });
        let servers = [
            ("AWS_ENDPOINT_URL_S3", bucket.url()),
            ("AWS_ENDPOINT_URL_STS", tokens.url()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://runner.example/token?v=2".into()),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret".into()),
        ];
        let variables: Vec<_> = variables.chain(servers).collect();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let output = runner.run(step["run"].as_str().unwrap(), &variables);
        assert!(output.status.success(), "{job} {name}: {}", stderr(&output));
    };
    let plan = |changes: &str| {
        run("plan", "Sign in");
        let asked = runner.written("calls");
        assert!(asked.ends_with("https://runner.example/token?v=2&audience=sts.amazonaws.com\n"), "{asked}");
        run("plan", "Plan");
        assert_eq!(runner.written("output"), changes);
    };
    plan("changes=true\n");
    assert!(bucket.bucket().objects.lock().unwrap().is_empty());
    run("apply", "Sign in");
    run("apply", "Apply");
    assert!(!bucket.bucket().objects.lock().unwrap().is_empty());
    plan("");
}

#[test]
fn the_job_for_gitlab_keeps_the_state_also_of_what_was_done_in_part() {
    let Some(runner) = Runner::new() else { return };
    let parsed: Value = serde_yaml::from_str(&documented()[".gitlab-ci.yml"]).unwrap();
    let lines = parsed["keyplan:apply"]["script"].as_sequence().unwrap().iter();
    let job = lines.flat_map(|line| [line.as_str().unwrap(), "\n"]).collect::<String>();
    let url = "https://keyplan:secret@forge.example/ana/access.git";
    runner.passes(&format!(
        "git -C ../server.git config receive.advertisePushOptions true
         git config --global url.{}/server.git.insteadOf {url}",
        runner.folder.root
    ));
    let variables = [
        ("ACCESS_TOKEN", "secret"),
        ("CI_SERVER_HOST", "forge.example"),
        ("CI_PROJECT_PATH", "ana/access"),
        ("CI_DEFAULT_BRANCH", "main"),
    ];
    let apply = || runner.run(&job, &variables).status.code();
    assert_eq!(apply(), Some(0));
    let first = runner.kept();
    assert!(first > 0);
    assert_eq!((apply(), runner.kept()), (Some(0), first), "nothing was to be done");
    let files = b"apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: a}\n\
        spec: {target: files, files: {formats: [cloud-init]}}\n";
    runner.folder.write("job/access/keyplan.yaml", files);
    // In the place of a folder: the files of one cluster cannot be written.
    runner.folder.write("job/access/.rendered/payments/prod-eu", b"mine");
    runner.changes();
    runner.passes("git add access/*.yaml; git commit -qm Files; git push -q origin main");
    assert_eq!(apply(), Some(9));
    assert!(runner.kept() > first);
}

#[test]
fn no_script_has_an_expression_in_it_and_every_action_is_pinned() {
    let mut texts = vec![read("action.yml"), read(".github/workflows/release.yml")];
    texts.extend(
        documented().into_iter().filter(|(path, _)| path.contains("/workflows/")).map(|(_, text)| text),
    );
    assert_eq!(texts.len(), 6);
    for step in texts.iter().flat_map(|text| steps(text)) {
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:?}");
        if let Some(action) = step["uses"].as_str() {
            let (_, pin) = action.split_once('@').unwrap();
            let is_hash = pin.len() == 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hash || action == "OWNER/keyplan@COMMIT", "{action}");
        }
    }
}

/// A commit that only deletes is checked as well, which pre-commit leaves out for hooks that name files.
#[test]
fn pre_commit_stops_a_commit_that_deletes_what_is_needed() {
    let Some(runner) = Runner::new() else { return };
    let has = |program: &str| {
        let path = std::env::var("PATH").unwrap_or_default();
        path.split(':').map(|folder| Utf8Path::new(folder).join(program)).find(|file| file.exists())
    };
    let Some(pre_commit) = has("pre-commit") else { return skipped_without("pre-commit") };
    runner.folder.write("hooks/.pre-commit-hooks.yaml", read(".pre-commit-hooks.yaml").as_bytes());
    runner.passes(
        "cd ../hooks; git init -q -b main; git config user.name ana; git config user.email ana@example.com
         git add .; git commit -qm Hooks; cd ../job
         printf 'repos:\\n- repo: ../hooks\\n  rev: %s\\n  hooks:\\n  - {id: keyplan-system, args: [access]}\\n' \
           \"$(git -C ../hooks rev-parse HEAD)\" > .pre-commit-config.yaml
         git add .; git commit -qm Configure",
    );
    let check = format!("{pre_commit} run");
    let sound = runner.run(&check, &[]);
    assert!(sound.status.success(), "{}{}", stdout(&sound), stderr(&sound));
    runner.passes("git rm -q access/access.yaml");
    let broken = runner.run(&check, &[]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(stdout(&broken).contains("unknown-project"), "{}", stdout(&broken));
}
