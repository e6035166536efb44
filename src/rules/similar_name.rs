//! Two names that differ only by case.

use crate::diagnostics::{Rule, Severity};

/// Two names that differ only by case.
pub static RULE: Rule = Rule {
    name: "similar-name",
    severity: Severity::Warning,
    fixed: false,
    summary: "two names that differ only by case",
    docs: "\
### What it does
Finds two resources of one kind and scope whose names differ only by upper and lower case, such as the keys
`ops` and `Ops` of one project. Both places are shown.

### Why
Names are compared exactly, so these are two resources. People read them as one. Someone who removes the
access of `Ops` may believe that `ops` is gone too, and other systems may not keep the two apart.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: Ops, project: payments}     # another key, to keyplan
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAJ...}
```

### Remedy
If the two mean one thing, keep one of them. If not, give one a name that says the difference. A project or a
cluster is renamed in place with `metadata.previousName`; a key is seen as renamed by itself while its key
material stays the same. To allow such names, set `rules: {similar-name: off}` in `keyplan.yaml`.
",
};
