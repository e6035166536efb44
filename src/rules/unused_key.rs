//! A key that no cluster has.

use crate::diagnostics::{Rule, Severity};

/// A key that no cluster has.
pub static RULE: Rule = Rule {
    name: "unused-key",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key that no cluster has",
    docs: "\
### What it does
Finds SSH keys that no cluster of their project names in `spec.sshKey`.

### Why
A key that opens nothing is either left over from a change, or was meant for a cluster that still has another
one. Either way a reader believes in access that is not there.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: backup, project: payments}   # no cluster says `sshKey: backup`
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
```

### Remedy
Give the key to a cluster, delete it, or set `rules: {unused-key: off}` in `keyplan.yaml`.
",
};
