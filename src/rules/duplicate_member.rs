//! A user or team that has the same role twice.

use crate::diagnostics::{Finding, Rule, Severity, Where};
use crate::model::{Origin, Resources};
use crate::source::Route;

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

/// Finds members that have the same role twice in a project. The numbers of the members are those of
/// the declaration.
pub fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for project in &resources.projects {
        let members = &project.value.members;
        for (number, member) in members.iter().enumerate() {
            if let Some(first) = members[..number].iter().position(|earlier| earlier == member) {
                let finding = RULE.finding(format!(
                    "`{}` is given the role {} twice in project `{}`",
                    member.subject, member.role, project.value.name
                ));
                findings.push(labelled(finding, project.origin, first, number));
            }
        }
    }
    for team in &resources.teams {
        let members = &team.value.members;
        for (number, user) in members.iter().enumerate() {
            if let Some(first) = members[..number].iter().position(|earlier| earlier == user) {
                let finding = RULE.finding(format!("`{user}` is twice in team `{}`", team.value.name));
                findings.push(labelled(finding, team.origin, first, number));
            }
        }
    }
}

fn labelled(finding: Finding, origin: Origin, first: usize, second: usize) -> Finding {
    let item = |number| Where::Value(origin, Route::fields(["spec", "members"]).item(number));
    finding
        .label(item(second), "given again here")
        .label(item(first), "first given here")
        .help("delete one of the two")
}
