//! A key of another project.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

pub static RULE: Rule = Rule {
    name: "key-out-of-scope",
    severity: Severity::Error,
    fixed: true,
    summary: "a cluster names a key that only another project has",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds clusters whose `spec.sshKey` is the name of a key that their own project does not have and another
project has. Both places are shown.

### Why
A key belongs to one project, and its holders were chosen by the people of that project. A cluster of another
project would let them in without anyone there having agreed. Palette does not offer such a key either.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: staging-eu, project: billing}
spec: {sshKey: ops}          # `ops` is a key of `payments`, not of `billing`
```

### Remedy
Name a key of the cluster's own project, or declare one there. If the cluster was filed under the wrong
project, correct its `metadata.project`. The same public key under a second project is possible, but is
reported by `shared-key`: who holds the private half can then reach both.
",
};

/// A reference to a key that only another project has.
#[must_use]
pub fn finding(at: Location, key: &str, project: &str, owner: (&str, Location)) -> Finding {
    let (key, project, other) = (quoted(key), quoted(project), quoted(owner.0));
    RULE.finding(format!("the key {key} belongs to project {other}, not to {project}"))
        .label(at, format!("this cluster is of project {project}"))
        .label(owner.1, format!("{key} is of project {other}"))
        .help(format!("declare a key of project {project}, and name that one"))
}
