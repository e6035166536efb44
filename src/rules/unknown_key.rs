//! A key that no project has.

use crate::diagnostics::{Finding, Rule, Severity, Where, nearest, quoted};

/// A key that no project has.
pub static RULE: Rule = Rule {
    name: "unknown-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a reference to a key that is not declared",
    docs: "\
### What it does
Finds clusters whose `spec.sshKey` is the name of no key, and shows the nearest name among the keys of the
cluster's project. A name that only another project has is found by `key-out-of-scope`.

### Why
The cluster would get no key, or keep one that the file no longer shows. Often the key was renamed or deleted
in the same change, and this cluster was forgotten.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: opps}         # did you mean `ops`?
```

### Remedy
Correct the name, or declare the key with a document of `kind: SSHKey` in the cluster's project. Write the
name of the key here, never the public key itself. For a cluster that is to have no key, delete the field.
",
};

/// A reference to a key that is not declared.
#[must_use]
pub fn finding<'a>(at: Where, key: &str, project: &str, known: impl IntoIterator<Item = &'a str>) -> Finding {
    let help = match nearest(key, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!("declare it with `kind: SSHKey` in project {}, or name one of its keys", quoted(project))
        }
    };
    RULE.finding(format!("project {} has no key {}", quoted(project), quoted(key)))
        .label(at, "unknown key")
        .help(help)
}
