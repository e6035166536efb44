//! A key that no cluster has.

use std::collections::HashSet;

use super::repeats::name_of;
use crate::diagnostics::{Finding, Rule, Severity};
use crate::model::Resources;

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
one. Either way a reader believes in access that is not there. The second case is the one to look for: a new
key was added, and the line that gives it to a cluster was forgotten.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: backup, project: payments}   # no cluster says `sshKey: backup`
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: ops}
```

### Remedy
Give the key to a cluster with `sshKey: backup`, or delete its document. If keys are declared ahead of their
clusters on purpose, set `rules: {unused-key: off}` in `keyplan.yaml`.
",
};

/// Finds keys that no cluster of their project has. Where a cluster could not be made out whole, it
/// may have any key of its project. A key of a project that does not exist is found elsewhere.
pub fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let clusters = resources.clusters.iter().map(|cluster| &cluster.value);
    let used: HashSet<_> =
        clusters.filter_map(|cluster| Some((&cluster.project, cluster.ssh_key.as_ref()?))).collect();
    let named: HashSet<_> = resources.keys.iter().map(|key| (&key.value.project, &key.value.name)).collect();
    // A cluster that names no key of its project may mean any of them.
    let misnamed: HashSet<_> = used.difference(&named).map(|(project, _)| *project).collect();
    let projects: HashSet<_> = resources.projects.iter().map(|project| &project.value.name).collect();
    let mut seen = None;
    for key in &resources.keys {
        let (project, name) = (&key.value.project, &key.value.name);
        let is_repeated = seen.replace((project, name)) == Some((project, name));
        let is_unclear = resources.unclear.anywhere
            || resources.unclear.projects.contains(project)
            || misnamed.contains(project)
            || !projects.contains(project);
        if !used.contains(&(project, name)) && !is_repeated && !is_unclear {
            findings.push(
                RULE.finding(format!("no cluster has the key `{project}/{name}`"))
                    .label(name_of(key.origin), "this key opens nothing")
                    .help(format!("give it to a cluster with `sshKey: {name}`, or delete it")),
            );
        }
    }
}
