//! A key that no cluster has.

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{OfProject, Resources};

/// A key that no cluster has.
pub static RULE: Rule = Rule {
    name: "unused-key",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key that no cluster has",
    check: Check::Whole(check),
    fixes: &[],
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
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    if resources.unclear.anywhere {
        return;
    }
    for part in resources.by_project() {
        let OfProject { project, keys, clusters } = part;
        let mut is_used = vec![false; keys.len()];
        let mut has_misnamed = false;
        for name in clusters.iter().filter_map(|cluster| cluster.value.ssh_key.as_ref()) {
            match part.number_of_key(name) {
                Some(number) => is_used[number] = true,
                // A cluster that names no key of its project may mean any of them.
                None => has_misnamed = true,
            }
        }
        let is_declared = resources.projects.binary_search_by(|it| it.value.name.cmp(project)).is_ok();
        if has_misnamed || !is_declared || resources.unclear.projects.contains(project) {
            continue;
        }
        for (number, key) in keys.iter().enumerate() {
            let name = &key.value.name;
            let is_repeated = number > 0 && keys[number - 1].value.name == *name;
            // One with an error has to be mended first, or to go.
            let is_faulty = resources.faulty.contains(&key.origin);
            if !is_used[number] && !is_repeated && !is_faulty {
                findings.push(
                    RULE.finding(format!("no cluster has the key `{project}/{name}`"))
                        .label(name_of(key.origin), "this key opens nothing")
                        .help(format!("give it to a cluster with `sshKey: {name}`, or delete it")),
                );
            }
        }
    }
}
