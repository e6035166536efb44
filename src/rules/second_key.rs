//! A second key on one cluster.

use crate::diagnostics::{Rule, Severity};

/// A second key on one cluster.
pub static RULE: Rule = Rule {
    name: "second-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a second key on one cluster",
    docs: "\
### What it does
Finds every way to give one cluster two keys: a list in `sshKey`, a field `sshKeys`, `sshKey` twice with
different values in one document, and a cluster that is declared twice with different keys, in one file or in
two. Both keys are shown, each at its place.

### Why
A cluster has at most one key: Palette takes one, and the nodes obey one. Where a file gives two, only one of
them opens the cluster, and the file does not say which. Of two people who believe that they can log in, one
finds out at night that she cannot, and someone whose key was thought replaced may still get in. keyplan does
not choose for you: the first, the last and both are all guesses about who has access.

### Example
```yaml
# clusters/eu.yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: [ops, backup]}        # a list; `sshKeys: [ops, backup]` is the same mistake
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-us, project: payments}
spec: {sshKey: ops, sshKey: backup}  # often left over from a merge
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-ap, project: payments}
spec: {sshKey: ops}
---
# clusters/old.yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-ap, project: payments}
spec: {sshKey: backup}               # `clusters/eu.yaml` says `ops`
```

### Remedy
- Keep one key and delete the other: `sshKey: ops`. For a cluster that is declared twice, delete one document.
- To change from one key to another, write only the new one. The plan shows it as a rekey: the new key exists
  before the cluster changes, and the old one goes last.
- If two groups must get in, declare one key that is meant for both, and keep its private half where both can
  use it. A second group with a key of its own needs a cluster of its own.
",
};
