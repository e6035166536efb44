//! Two teams with the same name.

use super::repeats::{Repeats, duplicates};
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{Declared, Team, Resources};

/// Two teams with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-team",
    severity: Severity::Error,
    fixed: true,
    summary: "two teams with the same name",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds two documents of `kind: Team` with the same name. Both places are shown, also in two files.

### Why
Projects refer to a team by its name alone. With two lists of members under one name, nobody can say who gains
a role when a project names that team. Teams belong to no project, so their names are unique in the workspace.

### Example
```yaml
# teams/sre.yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com, ben@example.com]}
---
# teams/on-call.yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [cleo@example.com]}
```

### Remedy
If both mean the same team, join their members in one document and delete the other. If they are two teams,
rename one and change the projects and the owners of keys that mean it.
",
};

/// Finds teams that are declared more than once.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let tell = |group: &[Declared<Team>]| {
        let headline = format!("team `{}` is declared {}", group[0].value.name, group.times());
        Some((headline, "keep one with the members of all, or rename the others"))
    };
    duplicates(&RULE, &resources.teams, |one, other| one.name == other.name, tell, findings);
}
