//! A user or team that has the same role twice.

use std::collections::BTreeMap;

use super::repeats::{delete_all_but_one, places_again, times};
use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};
use crate::model::{Member, DocumentId, UserName};
use crate::source::Route;

/// A user or team that has the same role twice.
pub static RULE: Rule = Rule {
    name: "duplicate-member",
    severity: Severity::Error,
    fixed: false,
    summary: "one user or team has the same role twice in a project",
    check: Check::Value,
    fixes: &[],
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
pub fn in_project(origin: DocumentId, project: &str, members: &[(usize, Member)], findings: &mut Vec<Finding>) {
    let headline = |(Member { subject, role }, times): (&Member, String)| {
        format!("`{subject}` is given the role {role} {times} in project {}", quoted(project))
    };
    check(origin, members, headline, findings);
}

/// Finds users who are twice in a team. Each comes with its number in the declaration.
pub fn in_team(origin: DocumentId, team: &str, members: &[(usize, UserName)], findings: &mut Vec<Finding>) {
    let headline =
        |(user, times): (&UserName, String)| format!("`{user}` is {times} in team {}", quoted(team));
    check(origin, members, headline, findings);
}

fn check<T: Ord>(
    origin: DocumentId,
    members: &[(usize, T)],
    headline: impl Fn((&T, String)) -> String,
    findings: &mut Vec<Finding>,
) {
    let mut first = BTreeMap::new();
    let mut again: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    for (number, member) in members {
        if first.contains_key(member) {
            again.entry(member).or_default().push(*number);
        } else {
            first.insert(member, *number);
        }
    }
    let item = |number| Location::Value(origin, Route::fields(["spec", "members"]).item(number));
    for (member, numbers) in again {
        let count = numbers.len() + 1;
        let finding = RULE.finding(headline((member, times(count))));
        let finding = places_again(finding, numbers.into_iter().map(item), "given");
        findings.push(finding.label(item(first[member]), "first given here").help(delete_all_but_one(count)));
    }
}
