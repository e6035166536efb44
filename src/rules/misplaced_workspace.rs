//! Workspace settings that are not in the one place for them.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// Workspace settings that are not in the one place for them.
pub static RULE: Rule = Rule {
    name: "misplaced-workspace",
    severity: Severity::Error,
    fixed: true,
    summary: "workspace settings outside of the one `keyplan.yaml`, or twice",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds documents of `kind: Workspace` that are not in the file `keyplan.yaml` at the top of the directory, and
a second one in that file.

### Why
These settings say where the state is kept, how many deletions are allowed and how severe the rules are. Were
they read from any file, a change deep in a folder could turn off a check for everyone, and a reviewer would
have to look for it. With one place there is one file to watch.

### Example
```yaml
# teams/payments/keyplan.yaml: not at the top
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: payments}
spec:
  rules: {expired-key: off}
```

### Remedy
Where there is no `keyplan.yaml` at the top, as when keyplan is run at the top of a repository whose workspace
is a folder of it, run keyplan on that folder: `keyplan validate teams/payments`. Otherwise move the settings
to `keyplan.yaml` at the top of the directory and join them with those that are there. If the folder was meant
to be a workspace of its own, keep it outside of the other workspace.
",
};

/// A workspace that is declared in another file than `keyplan.yaml` at the top.
#[must_use]
pub fn elsewhere(at: Location) -> Finding {
    RULE.finding("the workspace is declared outside of `keyplan.yaml`")
        .label(at, "only `keyplan.yaml` at the top of the workspace may say this")
        .help("move the document to `keyplan.yaml` at the top of the workspace")
}

/// A workspace in a folder, where keyplan was run on what lies above it and is none.
#[must_use]
pub fn below(at: Location, folder: &str) -> Finding {
    RULE.finding("a folder holds a workspace of its own")
        .label(at, "the workspace begins here")
        .help(format!("did you mean `keyplan validate {folder}`?"))
}

/// A second declaration of the workspace.
#[must_use]
pub fn again(second: Location, first: Location) -> Finding {
    RULE.finding("the workspace is declared twice")
        .label(second, "declared again here")
        .label(first, "first declared here")
        .help("keep one of the two documents")
}
