//! A plan of an empty workspace while something is recorded.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan of an empty workspace while something is recorded.
pub static RULE: Rule = Rule {
    name: "empty-workspace",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan of an empty workspace while something is recorded",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
Refuses to apply a plan when no team and no project is declared, and something is recorded.

### Why
An empty directory is most often the wrong directory, or a checkout that failed.

### Example
```sh
keyplan apply examples/nothing-here
```

### Remedy
Name the right directory. If all access is really to go, say the exact number of deletions:
`--allow-deletes N`.
",
};
