//! A team that is not declared.

use super::unknown::Undeclared;
use crate::diagnostics::{Applicability, Check, Finding, Rule, Severity, quoted};

/// A team that is not declared.
pub static RULE: Rule = Rule {
    name: "unknown-team",
    severity: Severity::Error,
    fixed: true,
    summary: "a reference to a team that is not declared",
    check: Check::Value,
    fixes: &[Applicability::Unsafe],
    docs: "\
### What it does
Finds members of projects (`team: NAME`) and owners of keys (`owner: team:NAME`) that name a team which is not
declared. The nearest known name is shown.

### Why
A role that is given to a team that does not exist is given to nobody today, and to whoever declares a team of
that name tomorrow. Neither is what the file seems to say.

### Example
```yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com, ben@example.com]}
---
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec:
  members:
    - {team: SRE, role: Cluster Admin}       # the team is written `sre`
```

### Remedy
Correct the name, or declare the team with a document of `kind: Team`. If a person is meant, write `user:
ana@example.com` in a project, and `owner: ana@example.com` on a key.
",
};

/// The finding for a team that is not declared, beside those that are.
#[must_use]
pub fn finding<'a>(team: Undeclared<'_>, known: impl IntoIterator<Item = &'a str>) -> Finding {
    let summary = format!("there is no team {}", quoted(team.name));
    team.finding(&RULE, summary, known, "declare it with `kind: Team`, or name a team that is declared")
}
