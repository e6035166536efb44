//! A role that does not exist.

use crate::diagnostics::{Applicability, Fix, Check, Finding, Rule, Severity, Location, quoted, suggestion};

/// A role that does not exist.
pub static RULE: Rule = Rule {
    name: "unknown-role",
    severity: Severity::Error,
    fixed: true,
    summary: "a role that does not exist",
    check: Check::Value,
    fixes: &[Applicability::Unsafe],
    docs: "\
### What it does
Finds members of a project whose `role` is none of Palette's roles: `Project Admin`, `Project Editor`,
`Project Viewer`, `Cluster Admin`, `Cluster Editor` and `Cluster Viewer`. The nearest one is shown.

### Why
A role that is not known gives nothing, or is refused when it is applied, after other changes have been made.
The difference between a viewer and an admin is too large to guess. Roles are compared exactly, with their
case and their space.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec:
  members:
    - {user: ana@example.com, role: project-admin}   # written `Project Admin`
    - {team: sre, role: Cluster Owner}               # there is no such role
```

### Remedy
Write one of the six roles. If you are not sure which, take the smaller one: a later change can add more, and
the plan will say who gains it.
",
};

/// A role that Palette does not have.
#[must_use]
pub fn finding(at: Location, role: &str, known: &[&str]) -> Finding {
    let near = suggestion(role, known.iter().copied());
    let help = near.map_or_else(|| format!("the roles are {}", known.join(", ")), |near| near.help());
    RULE.finding(format!("there is no role {}", quoted(role)))
        .label(at.clone(), "Palette has six roles")
        .help(help)
        .fix(near.and_then(|near| Fix::name(at, near)))
}
