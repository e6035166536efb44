//! A user or team that has the same role twice.

use crate::diagnostics::{Rule, Severity};

/// A user or team that has the same role twice.
pub static RULE: Rule = Rule {
    name: "duplicate-member",
    severity: Severity::Error,
    fixed: false,
    summary: "one user or team has the same role twice in a project",
    docs: "\
### What it does
Finds a user or a team that is listed twice with the same role among the members of one project. Both places
are shown. The domain of a user name is compared without regard to case, the part before the `@` exactly:
`ana@example.com` and `ana@Example.com` are one user, `Ana@example.com` is another.

### Why
The second entry gives nothing, until someone removes the first one, sees a green check, and believes that the
role is gone.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec:
  members:
    - {user: ana@example.com, role: Project Admin}
    - {team: sre, role: Cluster Admin}
    - {user: ana@Example.com, role: Project Admin}   # the first member again
```

### Remedy
Delete one of the two entries. One user with two different roles is allowed. To see these as warnings only,
set `rules: {duplicate-member: warning}` in `keyplan.yaml`.
",
};
