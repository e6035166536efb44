//! Two clusters of one project with the same name.

use std::sync::Arc;

use super::repeats::{Repeats, duplicates};
use super::second_key;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{Cluster, Declared, Resources};

/// Two clusters of one project with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-cluster",
    severity: Severity::Error,
    fixed: true,
    summary: "two clusters of one project with the same name",
    check: Check::Whole(check),
    fixes: &[],
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

/// Finds clusters that are declared more than once with the same key, or with none; those with
/// different keys are for `second-key`.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let tell = |group: &[Declared<Arc<Cluster>>]| {
        let Cluster { project, name, .. } = &*group[0].value;
        let headline = format!("cluster `{project}/{name}` is declared {}", group.times());
        // With different keys it is a finding of `second-key`.
        let has_one_key = second_key::keys_of(group).len() <= 1;
        has_one_key.then_some((headline, "keep one, or rename what is another cluster"))
    };
    duplicates(&RULE, &resources.clusters, second_key::is_same_cluster, tell, findings);
}
