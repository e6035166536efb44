//! Words that people know from other tools, and the keyplan command that does what they mean.

/// What to use in place of a word that names no command.
pub(super) fn for_command(word: &str) -> Option<&'static str> {
    Some(match word {
        "list" | "ls" | "get" => "`keyplan state list` lists what is recorded",
        "diff" => {
            "`keyplan plan` shows what would change, and `keyplan state diff REVISION` what was changed"
        }
        "status" => "`keyplan plan` compares with what is recorded, and `keyplan drift` looks at the nodes",
        "refresh" | "sync" => "`keyplan drift` looks at the nodes, and `keyplan apply` changes them",
        "log" | "history" => "`keyplan state log` lists what was applied",
        "check" | "lint" | "test" => "`keyplan validate` checks every rule",
        "deploy" | "push" | "up" => "`keyplan apply` does what is declared",
        "destroy" | "delete" | "rm" | "remove" | "down" => {
            "delete the declarations, look at `keyplan plan`, and then `keyplan apply`"
        }
        "new" | "create" => "`keyplan init DIR` starts a workspace",
        "adopt" | "discover" | "scan" => "`keyplan import` declares what is there already",
        "export" => "`keyplan state export` prints all that is recorded",
        "rules" | "rule" => "`keyplan explain` lists all rules",
        _ => return None,
    })
}

/// What to use in place of an option that there is not.
pub(super) fn for_option(word: &str) -> Option<&'static str> {
    Some(match word {
        "-y" | "--yes" | "--assume-yes" | "-auto-approve" | "--approve" | "-f" | "--force" => {
            "`keyplan apply --auto-approve` asks nothing"
        }
        "--json" | "-json" => "write `--format json`",
        "--format" => {
            "what this prints has one form; for a file of nodes it is a word, as in `keyplan render cloud-init shop/prod`"
        }
        "-o" | "--output" | "-out" => {
            "`--format json` is for machines, and `keyplan plan --out FILE` saves a plan"
        }
        "-n" | "--dry-run" | "--check" => "`keyplan plan` shows what an apply would do, and does nothing",
        "-v" | "-version" => "`keyplan --version` prints the version",
        "--no-color" | "-no-color" | "--no-colour" => "write `--color never`, or set `NO_COLOR`",
        "--chdir" | "-chdir" | "--directory" => "write `-C DIR`",
        "-detailed-exitcode" => "write `--detailed-exitcode`",
        _ => return None,
    })
}

/// The same command line as keyplan takes it, where that is what people mean without any doubt: `help plan` and
/// `version`.
pub(super) fn served(words: &[String]) -> Option<Vec<String>> {
    let (program, rest) = words.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (rest, flag) = match first.as_str() {
        "help" => (rest, "--help"),
        "version" if rest.is_empty() => (rest, "--version"),
        _ => return None,
    };
    Some([std::slice::from_ref(program), rest, &[flag.to_owned()]].concat())
}
