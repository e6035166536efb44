//! Two projects with the same name.

use crate::diagnostics::{Rule, Severity};

/// Two projects with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-project",
    severity: Severity::Error,
    fixed: true,
    summary: "two projects with the same name",
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
