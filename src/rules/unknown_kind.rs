//! A kind that keyplan does not have.

use crate::diagnostics::{Finding, Rule, Severity, Where, nearest, quoted};

/// A kind that keyplan does not have.
pub static RULE: Rule = Rule {
    name: "unknown-kind",
    severity: Severity::Error,
    fixed: true,
    summary: "a kind that keyplan does not have",
    docs: "\
### What it does
Finds documents whose `kind` is none of `Project`, `Team`, `SSHKey`, `Cluster` and `Workspace`. Upper and
lower case count. The nearest known kind is named.

### Why
keyplan cannot tell what such a document asks for. If it were passed over, a misspelt `Cluster` would look
like a cluster that was deleted.

### Example
```yaml
apiVersion: keyplan/v1
kind: SshKey                 # the kind is written `SSHKey`
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
```

### Remedy
Write the kind as the finding suggests. If the file belongs to another tool, keep it outside of the directory
that keyplan reads, or in a folder whose name begins with a dot: hidden files and folders are passed over.
",
};

/// A kind that keyplan does not know.
#[must_use]
pub fn finding(at: Where, kind: &str, known: &[&str]) -> Finding {
    let help = match nearest(kind, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}; move what is not for keyplan to another folder", known.join(", ")),
    };
    RULE.finding(format!("there is no kind {}", quoted(kind)))
        .label(at, "keyplan reads no documents of this kind")
        .help(help)
}
