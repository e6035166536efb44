//! A plan that takes more access away, without a deletion, than the budgets allow.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that takes more access away, without a deletion, than the budgets allow.
pub static RULE: Rule = Rule {
    name: "too-much-access-lost",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that takes more access away, without a deletion, than the budgets allow",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
Counts what loses access and is not deleted: clusters that are left without a key or get another one, and
people who lose a role in a project, or a key that clusters keep, also through a team. Refuses to apply a
plan in which these are more than 10, or more than 30 % of those recorded in one place of which at least 4
are recorded: the clusters of a project that have a key, the people with a role in it, or the members of a
team. `budgets` in `keyplan.yaml` moves both limits.

### Why
A merge that empties the list of a team, or a template that drops `sshKey`, deletes nothing, and shuts out
everybody all the same.

### Example
```yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com]}   # there were 40
```

### Remedy
Read the block `Access` of the plan. If all of it is meant, say the exact number, which the refusal prints:
`--allow-access-loss N`.
",
};
