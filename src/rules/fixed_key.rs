//! A plan that changes the key of a cluster whose cloud does not let it be changed.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that changes the key of a cluster whose cloud does not let it be changed.
pub static RULE: Rule = Rule {
    name: "fixed-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that changes the key of a cluster whose cloud does not let it be changed",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
With the target `palette`, refuses to apply a plan in which a cluster of `aks` gets another key, its first
one, or none, or in which a cluster of `azure` loses its key.

### Why
The nodes of AKS have the key that they were made with: the field cannot be changed, and what tries it ends up
with another cluster in place of the one that is there. On Azure a cluster without a key is not accepted.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {cloud: aks, sshKey: on-call}   # it has `ops`
```

### Remedy
Name the key again that the cluster has. If it must go, make another cluster in Palette with the new key, and
declare that one. A key that is replaced under its name reaches all its clusters: give the new one a name of
its own, and let clusters of `aks` keep the old one until they are made anew.
",
};
