//! What people type who know other tools, and what keyplan says of itself: help and manual pages.

use std::fs;

use crate::support::{Workspace, command, keyplan, stderr, stdout};

#[test]
fn what_is_meant_without_a_doubt_is_done() {
    let workspace = Workspace::with(&[]);
    for (typed, meant) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "plan"], &["plan", "--help"]),
        (&["help", "state", "log"], &["state", "log", "--help"]),
        (&["version"], &["--version"]),
    ] {
        let (typed, meant) = (keyplan(&workspace.root, typed), keyplan(&workspace.root, meant));
        assert_eq!(stdout(&typed), stdout(&meant));
        assert_eq!(stderr(&typed), "");
        assert_eq!(typed.status.code(), Some(0));
    }
}

#[test]
fn words_of_other_tools_are_answered_with_the_command_that_does_it() {
    let workspace = Workspace::with(&[]);
    for (typed, answer) in [
        (&["list"][..], "keyplan state list"),
        (&["diff"], "keyplan plan"),
        (&["status"], "keyplan drift"),
        (&["check"], "keyplan validate"),
        (&["destroy"], "keyplan plan"),
        (&["apply", "-y"], "--auto-approve"),
        (&["apply", "--yes"], "--auto-approve"),
        (&["apply", "-auto-approve"], "--auto-approve"),
        (&["plan", "--json"], "--format json"),
        (&["render", "--format", "cloud-init", "shop/prod"], "keyplan render cloud-init"),
        (&["schema", "--format", "json"], "one form"),
        (&["plan", "-o", "x"], "--out FILE"),
        (&["plan", "-out=x"], "--out FILE"),
        (&["apply", "--dry-run"], "keyplan plan"),
        (&["-v"], "keyplan --version"),
        (&["--no-color", "plan"], "--color never"),
        (&["validat"], "did you mean `validate`?"),
        (&["plan", "--colour=never"], "did you mean `--color`?"),
        (&["state", "lst"], "did you mean `list`?"),
        (&["plan", "a", "b"], "keyplan plan --help"),
        (&["plan", "--nonsense"], "keyplan plan --help"),
        (&["nonsense"], "keyplan --help"),
    ] {
        let output = keyplan(&workspace.root, typed);
        let said = stderr(&output);
        let help = said.lines().find_map(|line| line.strip_prefix("  help: "));
        assert!(help.is_some_and(|help| help.contains(answer)), "{typed:?}: {said}");
        assert!(!said.contains("tip:"), "{typed:?}: {said}");
        assert_eq!(output.status.code(), Some(64), "{typed:?}");
    }
}

/// Every command takes the folder by one option, in any place, and those that take it as a word take it so too.
#[test]
fn the_workspace_is_named_by_one_option_everywhere() {
    let project = b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: shop}\n";
    let folder = Workspace::with(&[("access/a.yaml", project)]);
    let run = |args: &[&str]| keyplan(&folder.root, args);
    assert_eq!(run(&["-w", "access", "apply", "--auto-approve"]).status.code(), Some(0));
    assert!(folder.root.join("access/.keyplan/state").is_dir());
    for command in [
        &["validate"][..],
        &["plan"],
        &["plan", "--out", "access.plan"],
        &["show", "access.plan"],
        &["apply", "access.plan"],
        &["apply", "--auto-approve"],
        &["state", "list"],
        &["state", "show", "project/shop"],
        &["state", "log"],
        &["state", "verify"],
        &["authorized-keys", "--cluster", "shop/prod"],
        &["authorized-keys", "shop/prod"],
    ] {
        for named in [["-w", "access"], ["--workspace", "access"]] {
            let (before, behind) = (run(&[&named, command].concat()), run(&[command, &named].concat()));
            assert_eq!(before.status.code(), Some(0), "{command:?}: {}", stderr(&before));
            assert_eq!(stdout(&before), stdout(&behind), "{command:?}");
        }
    }
    for (command, missing) in [
        (&["drift", "-w", "access"][..], "the target `record`"),
        (&["verify", "-w", "access"], "no node to ask"),
        (&["render", "cloud-init", "shop/prod", "-w", "access"], "is not declared"),
    ] {
        let said = stderr(&run(command));
        assert!(said.contains(missing), "{command:?}: {said}");
    }
    assert!(stderr(&run(&["init", "-w", "new"])).contains("wrote new/keyplan.yaml"));
}

#[test]
fn two_workspaces_are_refused_and_a_folder_in_the_wrong_place_is_seen() {
    let folder = Workspace::with(&[("access/a.txt", b""), ("other/a.txt", b"")]);
    for (typed, answer) in [
        (&["plan", "-w", "access", "other"][..], "name one"),
        (&["apply", "-w", "access", "other"], "name one workspace"),
        (&["apply", "access", "other"], "name one workspace"),
        (&["state", "log", "access"], "`-w access`"),
        (&["state", "log", "-w", "other", "access"], "write an address"),
        (&["state", "list", "-w", "other", "access"], "keyplan state list --help"),
        (&["verify", "access"], "`-w access`"),
        (&["drift", "access"], "`-w access`"),
        (&["render", "cloud-init", "access"], "`-w access`"),
        (&["authorized-keys", "access"], "`-w access`"),
        (&["authorized-keys", "shop/prod", "access", "-w", "other"], "name one"),
        (&["authorized-keys", "--cluster", "shop/prod", "access", "other"], "one workspace"),
    ] {
        let output = keyplan(&folder.root, typed);
        let said = stderr(&output);
        let help = said.lines().find_map(|line| line.strip_prefix("  help: "));
        assert!(help.is_some_and(|help| help.contains(answer)), "{typed:?}: {said}");
        assert_eq!(output.status.code(), Some(64), "{typed:?}");
    }
}

/// A place that is given counts wherever it is given, before the environment and before `keyplan.yaml`, which is not
/// even read where it is not needed; a bad one is a bad command line.
#[test]
fn a_given_state_counts_before_the_one_of_the_workspace() {
    let folder = Workspace::with(&[(
        "access/access.yaml",
        b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: one}\n",
    )]);
    let run = |args: &[&str], variable: Option<&str>| {
        let mut keyplan = command(&folder.root);
        keyplan.args(args).envs(variable.map(|place| ("KEYPLAN_STATE", place))).output().unwrap()
    };
    let list = |args: &[&str], variable| stdout(&run(args, variable));
    assert!(run(&["apply", "--auto-approve", "--state", "s", "access"], Some("t")).status.success());
    assert!(!folder.root.join("t").exists() && !folder.root.join("access/.keyplan/state").exists());
    for args in
        [&["state", "list", "--state", "s"][..], &["-C", "access", "state", "list", "--state", "../s"]]
    {
        assert_eq!(
            (list(args, None), list(args, Some("t"))),
            ("project/one\n".into(), "project/one\n".into())
        );
    }
    assert_eq!(list(&["state", "list"], Some("s")), "project/one\n");
    assert_eq!(list(&["state", "list", "-w", "access"], None), "");
    folder.write("access/keyplan.yaml", b"apiVersion: keyplan/v1\nkind: Workspace\nspec: {state: x://y}\n");
    let asks = ["authorized-keys", "one/none", "-w", "access"];
    assert_eq!(run(&asks, None).status.code(), Some(1));
    assert_eq!(run(&asks, Some("s")).status.code(), Some(0));
    assert_eq!(run(&[&asks[..], &["--state", "s"]].concat(), Some("t")).status.code(), Some(0));
    for bad in ["s3://", "http://example.com/state", "git:x"] {
        let (option, variable) = (run(&["plan", "--state", bad], None), run(&["plan"], Some(bad)));
        assert_eq!((option.status.code(), variable.status.code()), (Some(64), Some(64)), "{bad}");
        assert!(
            stderr(&option).contains("write it as in") && stderr(&variable).contains("KEYPLAN_STATE"),
            "{bad}"
        );
    }
}

/// The commands, as their words, and those below them.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, words: &[String], all: &mut Vec<Vec<String>>) {
        all.push(words.to_vec());
        for command in command.get_subcommands() {
            below(command, &[words, &[command.get_name().to_owned()]].concat(), all);
        }
    }
    let mut all = Vec::new();
    below(&<keyplan::cli::args::Args as clap::CommandFactory>::command(), &[], &mut all);
    all
}

/// Whatever the terminal is: help is also read in a pager, and in the log of a job.
#[test]
fn no_line_of_any_help_is_wider_than_80_columns() {
    let workspace = Workspace::with(&[]);
    for words in commands() {
        for help in ["-h", "--help"] {
            for columns in [None, Some("80"), Some("200")] {
                let mut keyplan = command(&workspace.root);
                let keyplan =
                    keyplan.args(&words).arg(help).envs(columns.map(|columns| ("COLUMNS", columns)));
                let text = stdout(&keyplan.output().unwrap());
                assert!(text.contains("Usage: keyplan"), "{words:?}: {text}");
                let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
                assert_eq!(wide, [""; 0], "{words:?} {help} {columns:?}");
            }
        }
    }
}

/// Also where it is written by hand.
#[test]
fn a_usage_names_all_that_is_required() {
    let mut keyplan = <keyplan::cli::args::Args as clap::CommandFactory>::command();
    keyplan.build();
    for words in commands() {
        let find = |above: &clap::Command, word: &String| above.find_subcommand(word).cloned().unwrap();
        let mut command = words.iter().fold(keyplan.clone(), |above, word| find(&above, word));
        let usage = command.render_usage().to_string();
        for required in command.get_arguments().filter(|argument| argument.is_required_set()) {
            assert!(usage.contains(&required.to_string()), "{required} is not in: {usage}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_with_all_its_sections() {
    let workspace = Workspace::with(&[]);
    assert!(commands().len() > 15);
    for words in commands() {
        let args: Vec<_> = ["man"].into_iter().chain(words.iter().map(String::as_str)).collect();
        let page = stdout(&keyplan(&workspace.root, &args));
        for section in
            ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "FILES", "ENVIRONMENT"]
        {
            assert!(page.contains(&format!(".SH {section}\n")), "{words:?} has no {section}:\n{page}");
        }
        let title =
            ["keyplan"].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
        assert!(page.contains(&format!(".TH {title} 1 ")), "{page}");
        if words.len() == 2 {
            let joined = stdout(&keyplan(&workspace.root, &["man", &words.join("-")]));
            assert_eq!(joined, page, "{words:?}");
        }
    }
    for words in commands() {
        let args: Vec<_> = ["man"].into_iter().chain(words.iter().map(String::as_str)).collect();
        let page = stdout(&keyplan(&workspace.root, &args));
        let examples = page.split_once(".SH EXAMPLES\n").map_or("", |(_, examples)| examples);
        let command = ["keyplan"].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>();
        let command = command.join(" ").replace('-', "\\-");
        assert!(examples.contains(&command), "{command} has no example:\n{page}");
    }
    let page = stdout(&keyplan(&workspace.root, &["man", "plan"]));
    assert!(
        page.contains("\\-\\-allow\\-deletes\\fR \\fIN\\fR"),
        "a value has no name in the synopsis:\n{page}"
    );
    assert!(stderr(&keyplan(&workspace.root, &["man", "state-lg"])).contains("there is no command"));
}

#[test]
fn a_start_names_each_file_that_it_writes() {
    let workspace = Workspace::with(&[]);
    let said = stderr(&keyplan(&workspace.root, &["init", "acme"]));
    let mut written: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("wrote ")).collect();
    written.sort_unstable();
    let files = walkdir::WalkDir::new(&workspace.root).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let mut files: Vec<_> = files
        .map(|entry| entry.path().strip_prefix(&workspace.root).unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort_unstable();
    assert_eq!(written, files);
}

/// An editor takes the line for the document alone in which it stands.
#[test]
fn each_document_of_a_start_names_its_schema() {
    let workspace = Workspace::with(&[]);
    assert!(keyplan(&workspace.root, &["init", "acme"]).status.success());
    let text = fs::read_to_string(workspace.root.join("acme/access.yaml")).unwrap();
    // The documents that are there to be filled in have one hash before each line.
    let shown: Vec<_> = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    let documents: Vec<_> = shown.split(|line| *line == "---").collect();
    assert_eq!(documents.len(), 3);
    for document in documents {
        let names_it =
            |line: &&&str| line.trim_start_matches("# ").starts_with("yaml-language-server: $schema=");
        assert_eq!(document.iter().filter(names_it).count(), 1, "{document:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_ctrl_c_at_the_question_is_answered() {
    use std::fs::File;
    use std::io::Read;
    use std::process::Stdio;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let text = b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: payments}\n";
    let workspace = Workspace::with(&[("a.yaml", text)]);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let pty = nix::pty::openpty(None, None).unwrap();
        let mut keyplan = crate::support::command(&workspace.root)
            .arg("apply")
            .stdin(Stdio::from(pty.slave.try_clone().unwrap()))
            .stdout(Stdio::null())
            .stderr(Stdio::from(pty.slave))
            .spawn()
            .unwrap();
        let mut terminal = File::from(pty.master);
        let mut said = String::new();
        while !said.contains("is taken: ") {
            let mut bytes = [0; 256];
            let number = terminal.read(&mut bytes).unwrap();
            said.push_str(std::str::from_utf8(&bytes[..number]).unwrap());
        }
        kill(Pid::from_raw(keyplan.id().try_into().unwrap()), signal).unwrap();
        assert_eq!(keyplan.wait().unwrap().code(), Some(8));
        let mut rest = Vec::new();
        // A terminal whose last process has ended is an error on Linux.
        let _ = terminal.read_to_end(&mut rest);
        assert!(String::from_utf8_lossy(&rest).contains("interrupted; nothing was applied"), "{said}");
        assert!(!workspace.root.join(".keyplan/state").exists());
    }
}

#[test]
fn a_word_that_only_its_escapes_make_wrong_is_not_obeyed() {
    let workspace = Workspace::with(&[]);
    for colours in ["0", "1"] {
        for message in ["a\u{1b}[7mb", "a\rb", "a\u{9b}7mb"] {
            let output = command(&workspace.root)
                .env("CLICOLOR_FORCE", colours)
                .args(["apply", "-m", message])
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(64));
            let shown = stderr(&output);
            assert!(!shown.contains("\u{1b}[7m") && !shown.contains(['\r', '\u{9b}']), "{shown:?}");
            assert!(shown.contains("it has a control character"), "{shown}");
        }
    }
}
