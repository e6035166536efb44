//! A plan that deletes a protected resource, or leaves it empty.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that deletes a protected resource, or leaves it empty.
pub static RULE: Rule = Rule {
    name: "protected-resource",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that deletes a protected resource, or leaves it empty",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
Refuses to apply a plan that deletes a resource whose recorded `metadata.protected` is true, or
that leaves

- a protected cluster that has a key without one,
- a protected team or project that has members without any,
- a protected project that has a Project Admin without one (members of a team that has the role
  count).

### Why
Protection is kept in the state. Deleting the declaration deletes the line that protects it too, so the
declaration alone cannot be what lifts the guard. A cluster without a key, and a project that nobody
may change, are as good as gone.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments, protected: true}   # applied once; deleting this document is refused
```

### Remedy
If it is really to go, set `protected: false` and apply that; then delete the declaration, or take
its key or members away, and apply again.
",
};
