//! A user who has the name of a team.

use super::invalid_name;
use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted, visible};
use crate::model::{TEAM, written_as_team};

/// A user who has the name of a team.
pub static RULE: Rule = Rule {
    name: "team-as-user",
    severity: Severity::Warning,
    fixed: false,
    summary: "a user who has the name of a declared team",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds users without an `@` whose name is that of a declared team.

### Why
`owner: sre` names a user `sre`, and `owner: team:sre` names the team. Users are not declared, so keyplan
cannot know that there is none of that name. The key would belong to nobody, and a role would be given to
nobody, while the file looks as if the team had it.

### Example
```yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com]}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  owner: sre                 # did you mean `team:sre`?
```

### Remedy
Write `owner: team:sre` on a key, and `team: sre` in the members of a project. A team has no teams as members:
name the users. If there is a user of that name, rename the team or set `rules: {team-as-user: off}`.
",
};

/// Where a user is named, which says how a team is named there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserField {
    /// `owner` of a key.
    Owner,
    /// `user` of a member of a project.
    MemberOfProject,
    MemberOfTeam,
    /// A user in `people` of `keyplan.yaml`.
    Person,
}

/// The finding for a user of this name, which a team has.
#[must_use]
pub fn finding(at: Location, team: &str, place: UserField) -> Finding {
    let help = match place {
        UserField::Owner => format!("did you mean `team:{team}`?"),
        UserField::MemberOfProject => format!("did you mean `team: {team}` in place of `user: {team}`?"),
        UserField::MemberOfTeam => "name the users: a team has no teams as members".into(),
        UserField::Person => "name one user: a login is that of a person".into(),
    };
    RULE.finding(format!("the user {} has the name of a team", quoted(team)))
        .label(at, "this names a user, not the team")
        .help(help)
}

/// A team where only users stand: an error of `invalid-name`, for no user has such a name.
#[must_use]
pub fn refused(at: Location, text: &str, place: UserField) -> Finding {
    let team = visible(written_as_team(text).unwrap_or(text));
    let help = match place {
        UserField::Owner => format!("write `owner: {TEAM}{team}`"),
        UserField::MemberOfProject => format!("write `team: {team}` in place of `user: {TEAM}{team}`"),
        UserField::MemberOfTeam => "name the users: a team has no teams as members".into(),
        UserField::Person => "name one user: a login is that of a person".into(),
    };
    invalid_name::RULE
        .finding(format!("{} names a team, and a user belongs here", quoted(text)))
        .label(at, "this is how a team is written")
        .help(help)
}
