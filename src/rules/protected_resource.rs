//! A plan that deletes a protected resource.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that deletes a protected resource.
pub static RULE: Rule = Rule {
    name: "protected-resource",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that deletes a protected resource",
    check: Check::Plan,
    docs: "\
### What it does
Refuses to apply a plan that deletes a resource whose recorded `metadata.protected` is true.

### Why
Protection is kept in the state. Deleting the declaration deletes the line that protects it too, so the
declaration alone cannot be what lifts the guard.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments, protected: true}   # applied once; deleting this document is refused
```

### Remedy
If it is really to go, set `protected: false` and apply that; then delete the declaration and apply again.
",
};
