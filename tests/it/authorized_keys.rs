//! `keyplan authorized-keys`: what a node is told, and that a real sshd heeds it. When nothing can be told
//! for certain, nobody gets in.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};

use crate::sshd::{Pair, Server};
use crate::support::{Workspace, command, keyplan, repository, skipped, stderr, stdout};

const OPS: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";
const OPS_PRINT: &str = "SHA256:MByOOsUfVvAk4wla5evYfBz/bgSN6VgZmK2xpXWqhPI";
const NIGHT: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIID63ctlqdhWSl/7rovOssEU5qS2BwhgmfKS0qYDO0aq";

/// A workspace of a project, with these documents after it. A key past its last day is no error in it.
fn workspace(documents: &str) -> Workspace {
    let project = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: payments}\n";
    let settings = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: test}\nspec:\n  rules: {expired-key: off, expiring-key: off}\n";
    Workspace::with(&[
        ("keyplan.yaml", settings.as_bytes()),
        ("access.yaml", format!("{project}{documents}").as_bytes()),
    ])
}

fn key(name: &str, public: &str, more: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: payments}}\n\
         spec: {{publicKey: {public} of a person{more}}}\n"
    )
}

fn cluster(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: {name}, project: payments}}\n\
         spec: {{{spec}}}\n"
    )
}

fn apply(workspace: &Workspace) {
    let output = keyplan(&workspace.root, &["apply", "--auto-approve"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// A workspace that was applied: a cluster with a key, one with a key that is past its day, and one
/// without any.
fn applied() -> Workspace {
    let workspace = workspace(
        &[
            key("ops", OPS, ""),
            key("old", NIGHT, ", expires: 2020-02-29"),
            cluster("prod-eu", "sshKey: ops"),
            cluster("forgotten", "sshKey: old"),
            cluster("bare", ""),
        ]
        .concat(),
    );
    apply(&workspace);
    workspace
}

fn ask(workspace: &Workspace, more: &[&str]) -> Output {
    keyplan(&workspace.root, &[&["authorized-keys"], more].concat())
}

/// The answer is nothing, and sshd may rely on it.
fn is_nothing(output: &Output) {
    assert_eq!((output.status.code(), &*stdout(output), &*stderr(output)), (Some(0), "", ""));
}

/// There is no answer, and it is said why.
fn is_no_answer(output: &Output, code: i32, why: &str) {
    assert_eq!((output.status.code(), &*stdout(output)), (Some(code), ""), "{}", stderr(output));
    assert!(stderr(output).contains(why), "{}", stderr(output));
}

#[test]
fn the_key_of_the_cluster_is_told() {
    let workspace = applied();
    let line = format!("{OPS} key/payments/ops\n");
    for more in [
        &["--cluster", "payments/prod-eu"][..],
        &["--cluster", "cluster/payments/prod-eu"],
        &["payments/prod-eu"],
        &["cluster/payments/prod-eu"],
        &["payments/prod-eu", "."],
        &["--state", ".keyplan/state", "payments/prod-eu", "--user", "spectro", "--fingerprint", OPS_PRINT],
        &["--cluster", "payments/prod-eu", "--user", "spectro", "--fingerprint", OPS_PRINT],
        &["--cluster", "payments/prod-eu", "--state", ".keyplan/state"],
        &["--cluster", "payments/prod-eu", "."],
    ] {
        let output = ask(&workspace, more);
        assert_eq!((output.status.code(), &*stdout(&output), &*stderr(&output)), (Some(0), &*line, ""));
    }
    let elsewhere = Workspace::with(&[]);
    let output = keyplan(
        &elsewhere.root,
        &["-C", workspace.root.as_str(), "authorized-keys", "--cluster", "payments/prod-eu"],
    );
    assert_eq!(stdout(&output), line);
}

#[test]
fn nothing_is_told_of_what_is_not_asked_for() {
    let workspace = applied();
    let other = "SHA256:28gk1KgB0WOZO0f9NalsLYHhkl5kF2jZA+1G9J7ytpc";
    for more in [
        &["--cluster", "payments/nowhere"][..],
        &["--cluster", "elsewhere/prod-eu"],
        &["--cluster", "payments/bare"],
        &["--cluster", "payments/forgotten"],
        &["--cluster", "payments/prod-eu", "--user", "root"],
        &["--cluster", "payments/prod-eu", "--user", "Spectro"],
        &["--cluster", "payments/prod-eu", "--user", ""],
        &["--cluster", "payments/prod-eu", "--fingerprint", other],
    ] {
        is_nothing(&ask(&workspace, more));
    }
}

#[test]
fn what_means_nothing_is_refused() {
    let workspace = applied();
    for (more, why) in [
        (&["--cluster", "prod-eu"][..], "`prod-eu` is no cluster"),
        (&["--cluster", "key/payments/ops"], "`key/payments/ops` is no cluster"),
        (&["--cluster", "payments/prod-eu/x"], "is no cluster"),
        (&["--cluster", ""], "`` is no cluster"),
        (&["prod-eu"], "`prod-eu` is no cluster"),
        (&["project/payments"], "`project/payments` is no cluster"),
        (&["--cluster", "payments/prod-eu", "--fingerprint", "MD5:00"], "is no fingerprint"),
        (&["--cluster", "payments/prod-eu", "a", "b"], "`a` is one word too many"),
        (&["--cluster", "payments/prod-eu", "--user"], "--user"),
        (&["--cluster", "payments/prod-eu", "--user", "--state=/"], "--user"),
        (&[], "no cluster is named"),
    ] {
        is_no_answer(&ask(&workspace, more), 64, why);
    }
}

#[test]
fn a_state_that_cannot_be_read_is_no_answer() {
    let of = ["--cluster", "payments/prod-eu"];
    let nowhere = Workspace::with(&[]);
    is_no_answer(&ask(&nowhere, &of), 1, "there is no state at");
    is_no_answer(&ask(&nowhere, &[&of[..], &["--state", "gone"]].concat()), 1, "there is no state at `gone`");
    is_no_answer(
        &ask(&nowhere, &[&of[..], &["gone"]].concat()),
        1,
        "cannot read the workspace `gone`: there is no such file or folder",
    );
    let founded = Workspace::with(&[(
        ".keyplan/state/format.json",
        br#"{"format":"keyplan-state","version":1,"lineage":"x"}"#,
    )]);
    is_no_answer(&ask(&founded, &of), 1, "log/` of the state is missing");
    let faults: [(&str, &str, &[u8], &str); 6] = [
        ("log", "", b"{", "it is cut off"),
        ("log", "", b"", "it is cut off"),
        ("objects", "", b"{}", "its digest is another"),
        ("format.json", "", br#"{"format":"keyplan-state","version":2}"#, "format version 2"),
        ("format.json", "", br#"{"format":"other"}"#, "no state of keyplan"),
        ("log", "00000000000000000001 (copy).json", b"{}", "is no entry of the log"),
    ];
    for (place, name, bytes, why) in faults {
        let workspace = applied();
        let state = workspace.root.join(".keyplan/state");
        let path = state.join(place);
        let files = if path.is_file() || !name.is_empty() { vec![path.join(name)] } else { files(&path) };
        for file in files {
            let file = if file.as_str().ends_with('/') { path.clone() } else { file };
            fs::write(file, bytes).unwrap();
        }
        is_no_answer(&ask(&workspace, &of), 1, why);
    }
    let workspace = applied();
    fs::remove_dir_all(workspace.root.join(".keyplan/state/objects")).unwrap();
    is_no_answer(&ask(&workspace, &of), 1, "is missing");
    let workspace = applied();
    workspace.write("keyplan.yaml", b"apiVersion: keyplan/v1\nkind: Workspace\nspec: {state: 7}\n");
    is_no_answer(&ask(&workspace, &of), 1, "settings of the workspace have errors");
}

/// A state that may not be read is an error for everybody but root, who may read everything.
#[test]
fn a_state_that_may_not_be_read_is_no_answer() {
    let workspace = applied();
    for place in ["log", "objects", ""] {
        let folder = workspace.root.join(".keyplan/state").join(place);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
        let is_root = fs::metadata(&folder).unwrap().uid() == 0;
        let output = ask(&workspace, &["--cluster", "payments/prod-eu"]);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        if is_root {
            assert!(output.status.success(), "{}", stderr(&output));
        } else {
            is_no_answer(&output, 1, "Permission denied");
        }
    }
}

/// Every file below a folder, in order.
fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).unwrap()).collect()
}

/// Everything below a folder: its bytes, and when it was changed.
fn all(folder: &Utf8Path) -> BTreeMap<String, (i64, i64, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let about = |entry: walkdir::DirEntry| {
        let about = entry.metadata().unwrap();
        let bytes = if about.is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
        (entry.path().to_str().unwrap().to_owned(), (about.mtime(), about.mtime_nsec(), bytes))
    };
    entries.map(about).collect()
}

#[test]
fn nothing_is_written_anywhere() {
    let workspace = applied();
    let before = all(&workspace.root);
    for more in [&["--state", ".keyplan/state"][..], &["."]] {
        let output = command(&workspace.root)
            .args(["authorized-keys", "--cluster", "payments/prod-eu"])
            .args(more)
            .envs([("HOME", workspace.root.as_str()), ("USER", "x"), ("LOGNAME", "x"), ("PATH", "/usr/bin")])
            .output()
            .unwrap();
        assert_eq!(stdout(&output), format!("{OPS} key/payments/ops\n"));
    }
    assert_eq!(all(&workspace.root), before);
}

/// A node's answer does not depend on what it does not need: older revisions, other projects, the
/// declarations.
#[test]
fn only_the_newest_entry_and_one_object_are_read() {
    let workspace = applied();
    let before = files(&workspace.root.join(".keyplan/state"));
    let more = [
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: other}\n",
        "---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: sre}\nspec: {members: [ana@example.com]}\n",
    ];
    workspace.write("more.yaml", more.concat().as_bytes());
    let payments = before.into_iter().find(|path| path.as_str().contains("/objects/")).unwrap();
    apply(&workspace);
    let state = workspace.root.join(".keyplan/state");
    let mut damaged = 0;
    for path in files(&state) {
        let is_needed = path == payments
            || path.ends_with("log/00000000000000000002.json")
            || path.file_name() == Some("format.json");
        if !is_needed {
            fs::write(path, "damaged").unwrap();
            damaged += 1;
        }
    }
    assert_eq!(damaged, 4, "the entries before, the other project and the teams");
    workspace.write("access.yaml", b"\0 nonsense");
    let output = ask(&workspace, &["--cluster", "payments/prod-eu"]);
    assert_eq!(stdout(&output), format!("{OPS} key/payments/ops\n"), "{}", stderr(&output));
    is_no_answer(&ask(&workspace, &["--cluster", "other/prod-eu"]), 1, "its digest is another");
}

// ---- a real sshd -------------------------------------------------------------------------------------

/// What `id` says of the user who runs the tests.
fn id(what: &str) -> String {
    stdout(&Command::new("id").arg(what).output().unwrap()).trim_end().to_owned()
}

/// The line of `sshd_config` for a cluster. sshd runs only what root owns, on a path that root owns: so as
/// an ordinary user, and for a binary below a folder that is anybody's, `env` is what it runs.
fn lines(state: &Utf8Path, cluster: &str) -> String {
    let user = id("-un");
    format!(
        "AuthorizedKeysFile none\nAuthorizedKeysCommand /usr/bin/env {} authorized-keys --state {state} \
         --cluster {cluster} --user %u --fingerprint %f\nAuthorizedKeysCommandUser {user}",
        env!("CARGO_BIN_EXE_keyplan"),
    )
}

#[test]
fn sshd_lets_in_the_key_of_the_cluster_and_no_other() {
    let workspace = workspace("");
    let state = workspace.root.join(".keyplan/state");
    let Some(server) = Server::start(|_| lines(&state, "payments/prod-eu")) else { return };
    let old = &server.key;
    let new = Pair::make(&server.root, "new");
    let keys = [key("ops", &old.public, ""), key("on-call", &new.public, "")].concat();
    let world = |spec: &str| {
        let text = format!("apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: payments}}\n{keys}");
        workspace.write("access.yaml", format!("{text}{}", cluster("prod-eu", spec)).as_bytes());
    };
    let user = &server.user;
    let opens = |what: &str| (server.login(old), server.login(&new), what.to_owned());
    assert_eq!(opens("no state"), (false, false, "no state".into()));
    world(&format!("sshKey: ops, loginUser: {user}"));
    assert_eq!(opens("declared"), (false, false, "declared".into()));
    apply(&workspace);
    assert_eq!(opens("applied"), (true, false, "applied".into()));
    world(&format!("sshKey: on-call, loginUser: {user}"));
    apply(&workspace);
    assert_eq!(opens("rekeyed"), (false, true, "rekeyed".into()));
    world("sshKey: on-call, loginUser: somebody-else");
    apply(&workspace);
    assert_eq!(opens("another user"), (false, false, "another user".into()));
    world(&format!("loginUser: {user}"));
    apply(&workspace);
    assert_eq!(opens("no key"), (false, false, "no key".into()));
    world(&format!("sshKey: ops, loginUser: {user}"));
    apply(&workspace);
    assert_eq!(opens("again"), (true, false, "again".into()));
    let newest = files(&state.join("log")).pop().unwrap();
    let sound = fs::read(&newest).unwrap();
    fs::write(&newest, &sound[..sound.len() / 2]).unwrap();
    assert_eq!(opens("torn"), (false, false, "torn".into()));
    fs::write(&newest, &sound).unwrap();
    assert_eq!(opens("whole"), (true, false, "whole".into()));
    fs::rename(&state, workspace.root.join("away")).unwrap();
    assert_eq!(opens("not mounted"), (false, false, "not mounted".into()));
    server.wait_for("failed, status 1");
}

#[test]
fn sshd_refuses_a_key_past_its_last_day() {
    let workspace = workspace("");
    let state = workspace.root.join(".keyplan/state");
    let Some(server) = Server::start(|_| lines(&state, "payments/prod-eu")) else { return };
    let user = &server.user;
    for (expires, opens) in [("2020-01-01", false), ("2999-12-31", true)] {
        let key = key("ops", &server.key.public, &format!(", expires: {expires}"));
        let text = format!("apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: payments}}\n{key}");
        let cluster = cluster("prod-eu", &format!("sshKey: ops, loginUser: {user}"));
        workspace.write("access.yaml", format!("{text}{cluster}").as_bytes());
        apply(&workspace);
        assert_eq!(server.login(&server.key), opens, "{expires}: {}", server.log());
    }
}

// ---- what docs/nodes.md says -------------------------------------------------------------------------

/// A section of `docs/nodes.md`: its fenced blocks with their words.
fn blocks(heading: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(repository().join("docs/nodes.md")).unwrap();
    let section =
        text.split("\n#").find(|section| section.lines().next().unwrap().ends_with(heading)).unwrap();
    let mut blocks = Vec::new();
    for fenced in section.split("\n```").skip(1).step_by(2) {
        let (language, text) = fenced.split_once('\n').unwrap();
        blocks.push((language.to_owned(), format!("{text}\n")));
    }
    blocks
}

/// A new folder that root owns, below folders that root owns and nobody else may write to: sshd runs
/// nothing from elsewhere.
fn rootly() -> Option<tempfile::TempDir> {
    let is_safe = |path: &Utf8Path| {
        path.ancestors()
            .all(|above| fs::metadata(above).is_ok_and(|about| about.uid() == 0 && about.mode() & 0o022 == 0))
    };
    let homes = ["/usr/local/libexec", "/usr/local/lib", "/opt", "/usr/lib"].map(Utf8Path::new);
    let home = homes.into_iter().find(|home| is_safe(home))?;
    let folder = tempfile::Builder::new().prefix("keyplan-test-").tempdir_in(home).ok()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Some(folder)
}

/// The workspace of the documents, for the user who can log in here.
fn documented(server_user: &str, public: &str) -> Workspace {
    let workspace = workspace(
        &[key("ops", public, ""), cluster("prod-eu", &format!("sshKey: ops, loginUser: {server_user}"))]
            .concat(),
    );
    apply(&workspace);
    workspace
}

/// As root: every recipe of the section is done as it stands there, with other paths, the user `nobody`, and
/// an sshd of its own, which is not the machine's to reload.
#[test]
fn the_setup_in_the_documents_works_as_root() {
    if id("-u") != "0" {
        eprintln!("only root can own what sshd runs: the lines of sshd_config are tested in another way");
        return;
    }
    let Some(folder) = rootly() else {
        skipped("no folder that only root can write to lets root write");
        return;
    };
    let place = Utf8Path::from_path(folder.path()).unwrap();
    let paths = |text: &str| {
        let text = text.replace("/usr/local/bin", place.join("bin").as_str());
        let text = text.replace("/var/lib/keyplan", place.join("var").as_str());
        text.replace("runuser -u keyplan ", "runuser -u nobody ").replace("User keyplan", "User nobody")
    };
    let blocks = blocks("Set it up");
    let config = blocks.iter().find(|(language, _)| language == "sshd_config").unwrap();
    let lines = paths(&config.1);
    let Some(server) = Server::start(|_| lines.clone()) else { return };
    let workspace = documented(&server.user, &server.key.public);
    fs::copy(env!("CARGO_BIN_EXE_keyplan"), workspace.root.join("keyplan")).unwrap();
    assert!(!server.login(&server.key), "nothing is set up yet");
    let (mut done, mut left) = (0, 0);
    for (_, recipe) in blocks.iter().filter(|(language, _)| language == "sh") {
        if recipe.starts_with("useradd ") {
            left += 1;
            continue;
        }
        let recipe = paths(recipe);
        let own = format!("-f {}/sshd_config", server.root);
        let recipe = recipe.replace("sshd -t", &format!("sshd -t {own}"));
        let recipe = recipe.replace("sshd -T", &format!("sshd -T {own}"));
        let output = Command::new("/bin/sh").args(["-ec", &recipe]).current_dir(&workspace.root).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{recipe}: {}", stderr(&output));
        if recipe.contains("authorized-keys") {
            assert_eq!(stdout(&output), format!("{} key/payments/ops\n", server.key.public));
        }
        if recipe.contains("sshd -T") {
            let told = stdout(&output).to_lowercase();
            for line in lines.lines() {
                assert!(told.contains(&line.to_lowercase()), "sshd has not `{line}`:\n{told}");
            }
        }
        done += 1;
    }
    assert_eq!((done, left), (4, 1));
    assert!(server.login(&server.key), "{}", server.log());
    assert!(!server.login(&Pair::make(&server.root, "other")));
}

/// As anybody: the lines of `sshd_config` as they stand there, run through `env`, which root owns.
#[test]
fn the_lines_for_sshd_in_the_documents_work_for_anybody() {
    let blocks = blocks("Set it up");
    let (_, lines) = blocks.into_iter().find(|(language, _)| language == "sshd_config").unwrap();
    let state = Workspace::with(&[]);
    let user = id("-un");
    let env = format!("/usr/bin/env {}", env!("CARGO_BIN_EXE_keyplan"));
    let lines = lines.replace("/usr/local/bin/keyplan", &env);
    let lines = lines.replace("/var/lib/keyplan/state", state.root.join("state").as_str());
    let lines = lines.replace("User keyplan", &format!("User {user}"));
    let Some(server) = Server::start(|_| lines) else { return };
    let workspace = documented(&server.user, &server.key.public);
    assert!(!server.login(&server.key));
    fs::rename(workspace.root.join(".keyplan/state"), state.root.join("state")).unwrap();
    assert!(server.login(&server.key), "{}", server.log());
}
