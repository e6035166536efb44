//! `keyplan validate` as a process: exit codes, streams, formats, and input that is not nice.

use std::fs;
use std::process::Stdio;

use crate::support::{Workspace, command, keyplan, repository, stderr, stdout};

const PROJECT: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: payments}\n";

#[test]
fn a_valid_workspace_ends_with_0() {
    let workspace = Workspace::with(&[("a.yaml", PROJECT.as_bytes())]);
    let output = keyplan(&workspace.root, &["validate"]);
    assert_eq!(stdout(&output), "valid: 1 project, 0 teams, 0 keys and 0 clusters in 1 file\n");
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn findings_of_severity_error_end_with_3() {
    let workspace = Workspace::with(&[("a.yaml", b"kind: Projekt\napiVersion: keyplan/v1\n")]);
    let output = keyplan(&workspace.root, &["validate"]);
    assert!(stdout(&output).contains("did you mean `Project`?"), "{}", stdout(&output));
    assert!(stdout(&output).ends_with("not valid: 1 error\n"));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_missing_workspace_ends_with_1_and_names_the_path() {
    let workspace = Workspace::with(&[]);
    let output = keyplan(&workspace.root, &["validate", "nowhere"]);
    assert!(stderr(&output).contains("`nowhere`"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_command_line_that_means_nothing_ends_with_64() {
    let workspace = Workspace::with(&[]);
    for args in [&["validat"][..], &["validate", "--colour"], &[], &["explain", "no-such-rule"]] {
        assert_eq!(keyplan(&workspace.root, args).status.code(), Some(64), "{args:?}");
    }
    assert_eq!(keyplan(&workspace.root, &["--help"]).status.code(), Some(0));
    assert_eq!(keyplan(&workspace.root, &["--version"]).status.code(), Some(0));
}

#[test]
fn an_empty_folder_is_valid_and_said_to_be_empty() {
    let workspace = Workspace::with(&[(".hidden/a.yaml", b"x"), ("notes.txt", b"x")]);
    let output = keyplan(&workspace.root, &["validate"]);
    assert!(stderr(&output).contains("there is no *.yaml or *.yml file"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn paths_are_those_of_the_caller() {
    let workspace = Workspace::with(&[("access/payments/a.yaml", b"kind: 1\n")]);
    let printed = |args: &[&str]| stdout(&keyplan(&workspace.root, args));
    assert!(printed(&["validate", "access"]).contains("[access/payments/a.yaml:1:"));
    assert!(printed(&["-C", "access", "validate"]).contains("[access/payments/a.yaml:1:"));
    assert!(printed(&["-C", "access", "validate", "payments"]).contains("[access/payments/a.yaml:1:"));
    let root = workspace.root.as_str();
    assert!(printed(&["-C", root, "validate", "access"]).contains("[access/payments/a.yaml:1:"));
    assert!(printed(&["validate", &format!("{root}/access")]).contains("[access/payments/a.yaml:1:"));
    assert!(printed(&["-C", "access/payments", "validate", ".."]).contains("[access/payments/a.yaml:1:"));
    let below = workspace.root.join("access/payments");
    let printed = |args: &[&str]| stdout(&keyplan(&below, args));
    assert!(printed(&["-C", "..", "validate", "payments"]).contains("[a.yaml:1:"));
    assert!(printed(&["validate", ".."]).contains("[../payments/a.yaml:1:"));
    let whole = format!("[{root}/access/payments/a.yaml:1:");
    assert!(printed(&["validate", root]).contains(&whole));
    assert!(
        stdout(&keyplan("/".into(), &["validate", root])).contains(&whole),
        "a service is started at the top"
    );
}

/// A name is in a summary where a route ends in it, and people paste JSON as well.
#[test]
fn a_text_for_people_is_one_line_in_json_and_each_character_of_it_shows_itself() {
    let name = r#""x\e[2K\u202e\nBOOM""#;
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: a, {name}: 1}}\nspec: {{members: 1, {name}: b}}\n\
         ---\napiVersion: {name}\nkind: {name}\n---\napiVersion: keyplan/v1\nkind: Cluster\n\
         metadata: {{name: {name}, project: {name}, labels: {{{name}: [1]}}}}\nspec: {{sshKey: [{name}], nodes: [{name}]}}\n"
    );
    let workspace = Workspace::with(&[("a.yaml", text.as_bytes()), ("b\n\u{1b}\u{202e}.yaml", b"a: [\n")]);
    let output = keyplan(&workspace.root, &["validate", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut texts = Vec::new();
    collect(&json, &mut texts);
    assert!(texts.iter().any(|text| text.contains(r"x\u{1b}[2K\u{202e}\u{a}BOOM")), "{texts:?}");
    for text in texts {
        assert!(text.chars().all(keyplan::diagnostics::is_plain), "{text:?}");
    }
}

/// A place is a path, and a part of it may come from the settings.
#[test]
fn a_place_is_one_line_in_json_too() {
    let settings = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: a}\n\
                    spec: {target: files, files: {formats: [cloud-init], directory: \".x\\e[2K\\n\\u202ey\"}}\n";
    let cluster = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n\
                   ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: c, project: p}\n";
    let workspace = Workspace::with(&[("keyplan.yaml", settings.as_bytes()), ("a.yaml", cluster.as_bytes())]);
    let applied = keyplan(&workspace.root, &["apply", "--auto-approve"]);
    assert_eq!(applied.status.code(), Some(0), "{}", stderr(&applied));
    let output = keyplan(&workspace.root, &["drift", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = json["places"][0]["place"].as_str().unwrap();
    assert!(place.starts_with(r".x\u{1b}[2K\u{a}\u{202e}y/"), "{place}");
}

fn collect<'a>(json: &'a serde_json::Value, texts: &mut Vec<&'a str>) {
    match json {
        serde_json::Value::String(text) => texts.push(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        _ => {}
    }
}

/// Words of the command line, of settings and of names in the state are printed in messages.
#[test]
fn a_message_is_two_lines_that_no_terminal_obeys() {
    let hostile = "x\u{1b}[2K\nerror: y\u{202e}\u{2028}z";
    let settings = |field: &str| {
        format!("apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: a}}\nspec: {{{field}}}\n")
    };
    let quoted = serde_json::json!(hostile);
    let state = settings(&format!("state: {quoted}"));
    let files = settings(&format!("target: files, files: {{formats: [cloud-init], directory: {quoted}}}"));
    let log = format!("log/.keyplan/state/log/{hostile}");
    let workspace = Workspace::with(&[
        ("a.yaml", PROJECT.as_bytes()),
        ("state/keyplan.yaml", state.as_bytes()),
        ("files/keyplan.yaml", files.as_bytes()),
        (&log, b"x"),
        (&format!("{hostile}/notes.txt"), b"x"),
    ]);
    for args in [
        &["init", hostile][..],
        &["init", hostile],
        &["plan", hostile, "--out", "a\u{1b}[2K\nb.plan"],
        &["show", "a\u{1b}[2K\nb.plan", hostile],
        &["validate", hostile],
        &["-C", hostile, "plan"],
        &["apply", hostile],
        &["apply", "a.yaml", hostile],
        &["show", hostile],
        &["plan", "--out", hostile],
        &["plan", "--out", "nowhere/\u{1b}[2K\n"],
        &["explain", hostile],
        &["man", hostile],
        &["schema", hostile],
        &["render", hostile, "a/b"],
        &["render", "capi", hostile],
        &["state", "show", hostile],
        &["state", "list", "--workspace", hostile],
        &["authorized-keys", "--cluster", hostile],
        &["authorized-keys", hostile],
        &["authorized-keys", "--cluster", "a/b", hostile, "b"],
        &["authorized-keys", "--cluster", "a/b", "--state", hostile],
        &["plan", &format!("--state={hostile}")],
        &["plan", &format!("--state=s3://{hostile}")],
        &["state", "copy", hostile, "b"],
        &["state", "copy", "a", &format!("git:{hostile}")],
        &["authorized-keys", "--cluster", "a/b", "--fingerprint", hostile],
        &["verify", hostile],
        &["verify", "--timeout", hostile],
        &["verify", "--workspace", "state"],
        &["drift", "--workspace", "files", hostile],
        &["apply", "--auto-approve", "files"],
        &["state", "list", "--workspace", "log"],
        &["plan", "log"],
        &[hostile],
        &["plan", &format!("--{hostile}")],
        &["plan", "a", hostile],
    ] {
        let printed = stderr(&keyplan(&workspace.root, args));
        for letter in printed.chars().filter(|letter| *letter != '\n') {
            assert!(keyplan::diagnostics::is_plain(letter), "{args:?} prints {letter:?} in\n{printed}");
        }
        let errors = printed.lines().filter(|line| line.trim_start().starts_with("error:")).count();
        assert!(errors <= 1, "{args:?} prints\n{printed}");
    }
}

#[test]
fn json_is_of_its_schema_and_counts_as_editors_do() {
    let text =
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: a, description: \"äß\", colour: red}\n";
    let workspace = Workspace::with(&[("a.yaml", text.as_bytes())]);
    let output = keyplan(&workspace.root, &["validate", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = fs::read_to_string(repository().join("schemas/validate-v1.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    assert!(
        schema.is_valid(&json),
        "{:?}",
        schema.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(json["format_version"], "1.0");
    let range = &json["diagnostics"][0]["range"];
    assert_eq!(range["filename"], "a.yaml");
    assert_eq!(range["start"], serde_json::json!({"line": 3, "column": 40, "byte": 78}));
    assert_eq!(&text[78..84], "colour");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn colour_is_asked_for_or_forced_and_never_in_a_pipe() {
    let workspace = Workspace::with(&[("a.yaml", b"kind: x\n")]);
    let has_colour = |args: &[&str], force: bool| {
        let mut command = command(&workspace.root);
        if force {
            command.env("CLICOLOR_FORCE", "1");
        }
        command.args(args).output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!has_colour(&["validate"], false));
    assert!(has_colour(&["validate"], true));
    assert!(has_colour(&["validate", "--color", "always"], false));
    assert!(!has_colour(&["validate", "--color", "never"], true));
}

#[test]
fn nothing_that_a_terminal_would_obey_is_printed() {
    let text = "kind: \"\u{1b}[2J\\e]0;x\\a\"\n\"\u{202e}x\": 1\napiVersion: \"\u{9b}31m\"\n";
    let workspace = Workspace::with(&[("a\u{1b}[31m.yaml", text.as_bytes())]);
    let output = keyplan(&workspace.root, &["validate"]);
    for byte in stdout(&output).chars().filter(|letter| letter.is_control()) {
        assert_eq!(byte, '\n', "{}", stdout(&output));
    }
    assert!(!stdout(&output).contains('\u{202e}'));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let workspace = Workspace::with(&[("a.yaml", b"kind: x\n---\n".repeat(5_000).as_slice())]);
    let mut child = command(&workspace.root)
        .args(["validate", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(3));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let workspace = Workspace::with(&[("a.yaml", PROJECT.as_bytes())]);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command(&workspace.root).arg("validate").stdout(full).output().unwrap();
    assert_eq!(stderr(&output), "error: cannot write the output: no storage space\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn text_that_is_not_utf8_is_a_finding_and_hides_nothing() {
    let mut text =
        b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: a, description: \"\xff\xfe\"}\n---\n"
            .to_vec();
    text.extend(b"kind: Projekt\napiVersion: keyplan/v1\n");
    let utf16: Vec<u8> = "\u{feff}kind: Project\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let workspace = Workspace::with(&[("a.yaml", &text), ("b.yaml", &utf16)]);
    let printed = stdout(&keyplan(&workspace.root, &["validate"]));
    assert!(printed.contains("[a.yaml:3:35]"), "{printed}");
    assert!(printed.contains("did you mean `Project`?"), "{printed}");
    assert!(printed.contains("it looks like UTF-16"), "{printed}");
    assert!(printed.ends_with("not valid: 3 errors\n"), "{printed}");
}

#[test]
fn many_findings_are_counted_and_json_has_them_all() {
    let workspace =
        Workspace::with(&[("a.yaml", b"kind: x\napiVersion: keyplan/v1\n---\n".repeat(150).as_slice())]);
    let printed = stdout(&keyplan(&workspace.root, &["validate"]));
    assert!(printed.contains("... and 50 more: `--format json` has them all"), "{printed}");
    let output = keyplan(&workspace.root, &["validate", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), 150);
}

#[test]
fn a_new_workspace_is_valid_and_is_never_overwritten() {
    let workspace = Workspace::with(&[]);
    let output = keyplan(&workspace.root, &["init", "acme"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = keyplan(&workspace.root, &["validate", "acme"]);
    assert!(stdout(&output).starts_with("valid:"), "{}", stdout(&output));
    let text = fs::read_to_string(workspace.root.join("acme/access.yaml")).unwrap();
    let schema = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
    assert!(workspace.root.join("acme").join(schema).is_file());
    workspace.write("acme/access.yaml", b"mine");
    let output = keyplan(&workspace.root, &["init", "acme"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nothing was written"), "{}", stderr(&output));
    assert_eq!(fs::read(workspace.root.join("acme/access.yaml")).unwrap(), b"mine");
}
