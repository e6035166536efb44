//! Two names that differ only by case.

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{Declared, Name, Resources};

/// Two names that differ only by case.
pub static RULE: Rule = Rule {
    name: "similar-name",
    severity: Severity::Warning,
    fixed: false,
    summary: "two names that differ only by case",
    check: Check::Whole(check),
    fixes: &[],
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

/// Finds names in one scope that differ only by case.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let Resources { teams, projects, keys, clusters, tests, today: _, unclear: _, formats: _, target: _, faulty: _ } = resources;
    similar("team", teams, |team| &team.name, findings);
    similar("project", projects, |project| &project.name, findings);
    similar("access test", tests, |test| &test.name, findings);
    for of_project in keys.chunk_by(|one, other| one.value.project == other.value.project) {
        similar("key", of_project, |key| &key.name, findings);
    }
    for of_project in clusters.chunk_by(|one, other| one.value.project == other.value.project) {
        similar("cluster", of_project, |cluster| &cluster.name, findings);
    }
}

/// Finds them in one scope, whose resources are sorted by name.
fn similar<T>(
    kind: &str,
    resources: &[Declared<T>],
    name: impl Fn(&T) -> &Name,
    findings: &mut Vec<Finding>,
) {
    let has_capital = |resource: &Declared<T>| {
        name(&resource.value).as_str().bytes().any(|letter| letter.is_ascii_uppercase())
    };
    // Of two names that differ only by case, one has a capital letter. Most scopes have none.
    if !resources.iter().any(has_capital) {
        return;
    }
    let folded = |resource: &Declared<T>| name(&resource.value).as_str().to_ascii_lowercase();
    let mut folded: Vec<_> = resources.iter().map(|resource| (folded(resource), resource)).collect();
    folded.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.origin.cmp(&other.1.origin)));
    for pair in folded.windows(2) {
        let [(one, first), (other, second)] = pair else { continue };
        let (first_name, second_name) = (name(&first.value), name(&second.value));
        if one == other && first_name != second_name {
            findings.push(
                RULE.finding(format!(
                    "the {kind} names `{first_name}` and `{second_name}` differ only by case"
                ))
                .label(name_of(second.origin), format!("`{second_name}` is declared here"))
                .label(name_of(first.origin), format!("`{first_name}` is first declared here"))
                .help("give one of them another name, or spell both alike if they are one"),
            );
        }
    }
}
