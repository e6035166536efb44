//! A plan that deletes more than the budgets allow.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that deletes more than the budgets allow.
pub static RULE: Rule = Rule {
    name: "too-many-deletes",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that deletes more than the budgets allow",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
Refuses to apply a plan that deletes more than 10 resources, or more than 30 % of the recorded resources of a
kind of which at least 4 are recorded. `budgets` in `keyplan.yaml` moves both limits.

### Why
A plan that deletes much is more often a mistake than a wish: a folder that was moved, a wrong directory, a
merge that lost a file.

### Example
```yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  budgets: {deletes: 10, deletesPercent: 30}
```

### Remedy
Read the deletions. If all of them are meant, say their exact number: `--allow-deletes N`.
",
};
