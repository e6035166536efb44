//! Two clusters of one project with the same name.

use crate::diagnostics::{Rule, Severity};

/// Two clusters of one project with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-cluster",
    severity: Severity::Error,
    fixed: true,
    summary: "two clusters of one project with the same name",
    docs: "\
### What it does
Finds two clusters of one project with the same name. Both places are shown, also in two files. If the two
name different keys, that is found by `second-key`.

### Why
The address `cluster/payments/prod-eu` stands for one cluster. With two declarations nobody can say which
nodes and which login user hold, and one day someone changes the one that does not count.

### Example
```yaml
# clusters/eu.yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: ops, nodes: [10.0.0.11]}
---
# clusters/new.yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: ops, nodes: [10.0.0.12]}
```

### Remedy
If both mean the same cluster, join them in one document: here `nodes: [10.0.0.11, 10.0.0.12]`. If they are
two clusters, give the newer one its own name. A cluster of the same name in another project is no duplicate.
",
};
