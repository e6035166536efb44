//! Two clusters of one project with the same name.

use super::repeats::{Repeats, all_places, repeats};
use super::second_key;
use crate::diagnostics::{Finding, Rule, Severity};
use crate::model::Resources;

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

/// Finds clusters that are declared more than once with the same key, or with none; those with
/// different keys are for `second-key`.
pub fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for group in
        repeats(&resources.clusters, |one, other| (&one.project, &one.name) == (&other.project, &other.name))
    {
        if second_key::keys_of(group).len() > 1 {
            continue;
        }
        let cluster = &group[0].value;
        let finding = RULE.finding(format!(
            "cluster `{}/{}` is declared {}",
            cluster.project,
            cluster.name,
            group.times()
        ));
        findings.push(all_places(finding, group).help("keep one, or rename what is another cluster"));
    }
}
