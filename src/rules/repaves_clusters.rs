//! A plan that makes Palette replace the nodes of clusters.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that makes Palette replace the nodes of clusters.
pub static RULE: Rule = Rule {
    name: "repaves-clusters",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that makes Palette replace the nodes of clusters",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
With the target `palette`, refuses to apply a plan in which clusters that stay get another key, their first
one, or none; also where the key itself is replaced under its name, and where an apply ended half-way. A
comment, a name or an owner that changes does not count: the cluster is not touched then.

### Why
Palette brings another key to a cluster by replacing its nodes, one after the other, once that is approved
there. What runs on them moves, and what cannot move stops.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {cloud: vsphere, sshKey: on-call}   # it has `ops`
```

### Remedy
Read which clusters these are: the plan names them. If all of them are meant, say their exact number:
`--allow-repaves N`. Until the nodes are replaced the old key goes on opening them; `keyplan verify` shows
what they accept.
",
};
