//! Two projects with the same name.

use super::repeats::{Repeats, duplicates};
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{Declared, Project, Resources};

/// Two projects with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-project",
    severity: Severity::Error,
    fixed: true,
    summary: "two projects with the same name",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds two documents of `kind: Project` with the same name. Both places are shown, also in two files.

### Why
A project says who has which role in it. With two declarations, one of the lists of members would have to
lose, or both be joined, and either way someone would have access that one of the files does not show.

### Example
```yaml
# projects/payments.yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec: {members: [{team: sre, role: Cluster Admin}]}
---
# projects/new.yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec: {members: [{user: ana@example.com, role: Project Admin}]}
```

### Remedy
If both mean the same project, join their members in one document and delete the other. If the second was
copied as a start for a new project, give it its own name.
",
};

/// Finds projects that are declared more than once.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let tell = |group: &[Declared<Project>]| {
        let headline = format!("project `{}` is declared {}", group[0].value.name, group.times());
        Some((headline, "keep one with the members of all, or rename the others"))
    };
    duplicates(&RULE, &resources.projects, |one, other| one.name == other.name, tell, findings);
}
