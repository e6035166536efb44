//! A path that leads out of the workspace.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// A path that leads out of the workspace.
pub static RULE: Rule = Rule {
    name: "path-outside-workspace",
    severity: Severity::Error,
    fixed: true,
    summary: "a `publicKeyFile` that leads out of the workspace",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds `publicKeyFile` paths that lead out of the directory that keyplan reads: with `..`, as an absolute path,
or by a link. A path is relative to the file that names it.

### Why
What a review approves must be in the review. A key from elsewhere can be changed without one, and differs
from machine to machine. In CI, a path of a stranger's pull request must not reach other files of the runner
either.

### Example
```yaml
# keys/ops.yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKeyFile: ../../shared/ops.pub      # one `..` is the workspace, two are outside
```

### Remedy
Copy the public key into the workspace, beside the file that names it, and write `publicKeyFile: ops.pub`; or
put its text in `publicKey`. If the path was meant from the top of the workspace, write it from this file
instead. If keyplan was started in a folder that is too deep, run it on the folder that holds both.
",
};

/// A path or a link that leads out of the workspace.
#[must_use]
pub fn finding(at: Location, path: &str) -> Finding {
    RULE.finding(format!("{} leads out of the workspace", quoted(path)))
        .label(at, "nothing outside is read")
        .help("copy it into the workspace, and write its path relative to this file")
}
