//! A user or team that has the same role twice.

use std::collections::BTreeMap;

use crate::diagnostics::{Finding, Rule, Severity, Where, quoted};
use crate::model::{Member, Origin, UserName};
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

/// Finds members that have the same role twice in a project. Each comes with its number in the
/// declaration.
pub fn in_project(origin: Origin, project: &str, members: &[(usize, Member)], findings: &mut Vec<Finding>) {
    let headline = |member: &Member| {
        let Member { subject, role } = member;
        format!("`{subject}` is given the role {role} twice in project {}", quoted(project))
    };
    check(origin, members, headline, findings);
}

/// Finds users who are twice in a team. Each comes with its number in the declaration.
pub fn in_team(origin: Origin, team: &str, members: &[(usize, UserName)], findings: &mut Vec<Finding>) {
    check(origin, members, |user| format!("`{user}` is twice in team {}", quoted(team)), findings);
}

fn check<T: Ord>(
    origin: Origin,
    members: &[(usize, T)],
    headline: impl Fn(&T) -> String,
    findings: &mut Vec<Finding>,
) {
    let item = |number| Where::Value(origin, Route::fields(["spec", "members"]).item(number));
    let mut seen = BTreeMap::new();
    for (number, member) in members {
        if let Some(&first) = seen.get(member) {
            findings.push(
                RULE.finding(headline(member))
                    .label(item(*number), "given again here")
                    .label(item(first), "first given here")
                    .help("delete one of the two"),
            );
        } else {
            seen.insert(member, *number);
        }
    }
}
