//! Two teams with the same name.

use crate::diagnostics::{Rule, Severity};

/// Two teams with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-team",
    severity: Severity::Error,
    fixed: true,
    summary: "two teams with the same name",
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
