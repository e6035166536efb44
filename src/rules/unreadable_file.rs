//! A file or folder that cannot be read.

use camino::Utf8Path;

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted, visible};
use crate::source::walk::Unreadable;

/// A file or folder that cannot be read.
pub static RULE: Rule = Rule {
    name: "unreadable-file",
    severity: Severity::Error,
    fixed: true,
    summary: "a file or folder that cannot be read",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds files and folders of the workspace that cannot be read, and `publicKeyFile` paths where there is no
file, where there is something that is not a file, or that may not be opened.

### Why
What keyplan cannot read it cannot check, and to go on without it would be worse: a folder that is passed over
looks as if everything in it had been deleted.

### Example
```yaml
# keys/ops.yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKeyFile: keys/ops.pub      # read from this file, so it is `keys/keys/ops.pub`
```

### Remedy
For a `publicKeyFile`, check that the path is relative to the file that names it, here `ops.pub`, and that the
key was added to the repository: `git status` shows it if it was not. For anything else, check that the user
who runs keyplan may read it, as in `ls -l`, and that a checkout in CI brought all files.
",
};

/// A file or a folder that cannot be read. `path` is its path below the workspace.
#[must_use]
pub fn finding(at: Location, path: &Utf8Path, why: &Unreadable) -> Finding {
    let help = match why {
        Unreadable::Missing if path.components().any(|part| part.as_str() == "~") => {
            "copy the file into the workspace: `~` stands for no folder here"
        }
        Unreadable::Missing => "check the path: it is relative to the file that names it",
        Unreadable::NotAFile => "name a regular file",
        Unreadable::TooLarge { .. } => "split it into several files",
        Unreadable::LeadsOutside | Unreadable::LeadsToHidden => "replace the link by the file itself",
        Unreadable::Submodule => "name it in `exclude` of keyplan.yaml, or copy its declarations into this repository",
        Unreadable::NoObject => "`git fetch --refetch --no-filter` fetches it into a partial clone; `git fsck` tells of damage",
        Unreadable::Name => "rename it",
        Unreadable::Io(_) => "check its permissions and those of the folders above it",
    };
    RULE.finding(format!("{} cannot be read", quoted(path.as_str()))).label(at, why.to_string()).help(help)
}

/// The finding for a file that `publicKeyFile` names as `given`; `near` is a path that may be meant.
#[must_use]
pub fn key_file(at: Location, path: &Utf8Path, given: &str, why: &Unreadable, near: Option<&Utf8Path>) -> Finding {
    let finding = finding(at, path, why);
    match near {
        Some(near) => finding.help(format!("did you mean `{}`?", visible(near.as_str()))),
        None if *why == Unreadable::Missing && !given.contains('~') => {
            finding.help("check the path: it is relative to the file that names it; `git status` shows a file that was not added")
        }
        None => finding,
    }
}

/// What a path of Windows means here: with `/` between its names, or relative to the file that names it.
#[must_use]
pub fn of_windows(path: &str) -> Option<String> {
    let drive = path.as_bytes().get(..2).is_some_and(|it| it[0].is_ascii_alphabetic() && it[1] == b':');
    if drive || path.starts_with("\\\\") {
        return Some(String::new());
    }
    path.contains('\\').then(|| path.replace('\\', "/"))
}

/// The finding for a path of Windows, and what it means here.
#[must_use]
pub fn windows_path(at: Location, given: &str, meant: &str) -> Finding {
    let help = if meant.is_empty() {
        "copy the file into the workspace, and write its path relative to this file, as in `keys/ops.pub`".to_owned()
    } else {
        format!("write `{}`", visible(meant))
    };
    RULE.finding(format!("{} cannot be read", quoted(given)))
        .label(at, "a path has `/` between its names here, and is relative to this file")
        .help(help)
}
