//! Completions, as shells take them.

use crate::support::{Workspace, keyplan, stdout};

#[test]
fn completions_know_the_names_of_rules() {
    let workspace = Workspace::with(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&keyplan(&workspace.root, &["completions", shell]));
        if matches!(shell, "bash" | "zsh" | "fish") {
            assert!(
                script.contains("second-key") && script.contains("too-many-deletes"),
                "{shell}: {script}"
            );
        }
        assert!(script.contains("authorized-keys"), "{shell}: {script}");
    }
}

#[cfg(unix)]
mod shells {
    use std::fs::{File, Permissions};
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    use camino::Utf8Path;

    use crate::silent::Silent;
    use crate::support::{Workspace, command, keyplan, skipped_without, stdout};

    const DECLARATIONS: &[u8] = b"\
apiVersion: keyplan/v1
kind: Project
metadata: {name: shop}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: on call, project: shop}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEHVIMPfZgdw6OH+0YeQtseejGAz+e+S19wHtkkm1h41}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod eu, project: shop}
spec: {sshKey: on call}
";

    /// Lines up to the cursor, each with the only way to complete it.
    const LINES: [(&str, &str); 9] = [
        (r"keyplan -C my\ access state show key/sh", r"key/shop/on\ call"),
        ("keyplan state show --workspace 'my access' cl", r"cluster/shop/prod\ eu"),
        ("keyplan state show --workspace='my access' cl", r"cluster/shop/prod\ eu"),
        (r"keyplan drift --workspace my\ access --repair p", "project/shop"),
        (r"keyplan verify --workspace my\ access shop/", r"shop/prod\ eu"),
        (r"keyplan -C my\ access render --recorded cloud-init sh", r"shop/prod\ eu"),
        (r"keyplan -C my\ access authorized-keys --cluster sh", r"shop/prod\ eu"),
        (r"keyplan -C my\ access authorized-keys sh", r"shop/prod\ eu"),
        ("keyplan expl", "explain"),
    ];

    /// Prints the words that a command gets, in place of running keyplan.
    const PRINT: &str = "keyplan() { printf '[%s]' \"$@\"; printf '\\n'; }\nPS1='ready> '\n";

    /// A folder with `my access`, whose state knows the declarations, the script of a shell, and a shell that finds
    /// keyplan on its path.
    fn with_state(shell: &str) -> (Workspace, Command) {
        let folder = Workspace::with(&[("my access/a.yaml", DECLARATIONS)]);
        let applied = keyplan(&folder.root, &["apply", "--auto-approve", "my access"]);
        assert_eq!(applied.status.code(), Some(0), "{applied:?}");
        folder.write("script", stdout(&keyplan(&folder.root, &["completions", shell])).as_bytes());
        let mut command = Command::new(shell);
        let binaries = Utf8Path::new(env!("CARGO_BIN_EXE_keyplan")).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::iter::once(binaries.into()).chain(std::env::split_paths(&path));
        command.env_clear().env("PATH", std::env::join_paths(path).unwrap()).current_dir(&folder.root);
        command.env("HOME", &folder.root).env("ZDOTDIR", &folder.root).env("TERM", "dumb");
        (folder, command)
    }

    fn is_there(shell: &str) -> bool {
        let is_there =
            Command::new(shell).arg("-c").arg("exit 0").status().is_ok_and(|status| status.success());
        if !is_there {
            skipped_without(shell);
        }
        is_there
    }

    /// What a shell prints for each line when the tab key is pressed at its end, and then return.
    fn typed(mut shell: Command) -> Vec<String> {
        let pty = nix::pty::openpty(None, None).unwrap();
        let slave = || Stdio::from(pty.slave.try_clone().unwrap());
        let mut running = shell.stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        drop((shell, pty.slave));
        let mut terminal = File::from(pty.master);
        let mut printed = Vec::new();
        let until_ready = |terminal: &mut File| {
            let mut said = String::new();
            while !said.contains("ready> ") {
                let mut bytes = [0; 4096];
                let length = terminal.read(&mut bytes).unwrap();
                said.push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
            said
        };
        until_ready(&mut terminal);
        for (line, _) in LINES {
            write!(terminal, "{line}\t\r").unwrap();
            let said = until_ready(&mut terminal);
            let words = said.lines().map(str::trim_end).find(|line| line.starts_with('['));
            printed.push(words.unwrap_or_else(|| panic!("{line}: {said}")).to_owned());
        }
        write!(terminal, "exit\r").unwrap();
        // A terminal whose last process has ended is an error on Linux.
        let _ = terminal.read_to_end(&mut Vec::new());
        running.wait().unwrap();
        printed
    }

    fn check_typed(shell: Command) {
        for ((line, completed), printed) in LINES.into_iter().zip(typed(shell)) {
            let last = completed.replace('\\', "");
            assert!(printed.ends_with(&format!("[{last}]")), "{line}: {printed}");
        }
    }

    #[test]
    fn bash_completes_addresses() {
        if !is_there("bash") {
            return;
        }
        let (folder, mut bash) = with_state("bash");
        folder.write("rc", format!("source ./script\n{PRINT}").as_bytes());
        bash.args(["--rcfile", "rc", "-i"]);
        check_typed(bash);
    }

    #[test]
    fn zsh_completes_addresses() {
        if !is_there("zsh") {
            return;
        }
        let (folder, mut zsh) = with_state("zsh");
        let start = "autoload -U compinit\ncompinit -D -u\nunsetopt prompt_sp\nsource ./script\n";
        folder.write(".zshrc", format!("{start}{PRINT}").as_bytes());
        zsh.args(["-d", "-i"]);
        check_typed(zsh);
    }

    #[test]
    fn fish_completes_addresses() {
        if !is_there("fish") {
            return;
        }
        let (_folder, mut fish) = with_state("fish");
        fish.args([
            "--no-config",
            "-c",
            "source ./script; for line in $argv; complete --escape -C $line; echo; end",
        ]);
        fish.args(LINES.map(|(line, _)| line));
        let answer = stdout(&fish.output().unwrap());
        for ((line, completed), answer) in LINES.into_iter().zip(answer.split("\n\n")) {
            let words: Vec<_> = answer.lines().filter_map(|line| line.split('\t').next()).collect();
            assert_eq!(words, [completed], "{line}");
        }
    }

    /// A tab waits for no network, looks for no credentials, and starts no program.
    #[test]
    fn what_is_declared_stands_in_for_a_state_elsewhere() {
        let silent = Silent::start();
        let url = format!("http://{}", silent.address());
        let folder = Workspace::with(&[("my access/a.yaml", DECLARATIONS)]);
        let ran = folder.root.join("ran");
        for program in ["git", "ssh", "aws", "gcloud", "az"] {
            folder.write(&format!("programs/{program}"), format!("#!/bin/sh\ntouch {ran}\n").as_bytes());
            let path = folder.root.join("programs").join(program);
            std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        for place in [
            format!("s3://acme-access/keyplan?endpoint={url}"),
            "gs://acme-access/keyplan".into(),
            "az://acmeaccount/access/keyplan".into(),
            format!("git:{url}/a.git#refs/heads/keyplan-state"),
        ] {
            for is_declared in [true, false] {
                let state = if is_declared { &*place } else { "elsewhere" };
                let settings = format!(
                    "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: a}}\nspec: {{state: '{state}'}}\n"
                );
                folder.write("my access/keyplan.yaml", settings.as_bytes());
                let completed = |line: &[&str]| {
                    let mut command = command(&folder.root);
                    command.args(["completions", "fish", "--", "keyplan", "-w", "my access"]).args(line);
                    command.env("PATH", folder.root.join("programs")).env("HOME", &folder.root);
                    command.env("STORAGE_EMULATOR_HOST", &url).env("AZURE_STORAGE_BLOB_ENDPOINT", &url);
                    if !is_declared {
                        command.env("KEYPLAN_STATE", &place);
                    }
                    stdout(&command.output().unwrap())
                };
                assert_eq!(
                    completed(&["state", "show", "cl"]),
                    "project/shop\nkey/shop/on call\ncluster/shop/prod eu\n"
                );
                assert_eq!(completed(&["verify", ""]), "project/shop\nshop/prod eu\n");
                assert_eq!(completed(&["reach", ""]), "key/shop/on call\n");
            }
        }
        assert!(!silent.was_asked() && !ran.exists());
    }

    /// Where nothing is recorded, or the state cannot be read, completion is as without addresses and silent.
    #[test]
    fn bash_says_nothing_where_there_is_no_state() {
        if !is_there("bash") {
            return;
        }
        let (folder, mut bash) = with_state("bash");
        std::fs::write(folder.root.join("my access/keyplan.yaml"), "nonsense: [").unwrap();
        let complete = "source ./script
            COMP_LINE='keyplan state show --workspace my\\ access '; COMP_POINT=${#COMP_LINE}
            COMP_WORDS=(keyplan state show --workspace 'my\\ access' ''); COMP_CWORD=5
            _keyplan_with_addresses keyplan '' 'my\\ access'; printf '%s\\n' \"${COMPREPLY[@]}\"";
        let answer = bash.args(["-c", complete]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&answer.stderr), "");
        assert!(stdout(&answer).contains("--workspace") && !stdout(&answer).contains("shop"), "{answer:?}");
    }
}
