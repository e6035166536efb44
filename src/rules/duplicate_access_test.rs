//! Two access tests with the same name.

use super::repeats::{Repeats, duplicates};
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{AccessTest, Declared, Resources};

/// Two access tests with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-access-test",
    severity: Severity::Error,
    fixed: true,
    summary: "two access tests with the same name",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds two documents of `kind: AccessTest` with the same name. Both places are shown, also in two files.

### Why
What a test finds is told by its name. With two of one name nobody knows which of them is meant.

### Example
```yaml
apiVersion: keyplan/v1
kind: AccessTest
metadata: {name: prod-is-for-sre}
spec: {clusters: {labels: {env: prod}}, openedOnlyBy: [team:sre]}
---
apiVersion: keyplan/v1
kind: AccessTest
metadata: {name: prod-is-for-sre}
spec: {clusters: {labels: {env: prod}}, key: {required: true}}
```

### Remedy
If both are about the same clusters, join them in one document. If not, rename one.
",
};

/// Finds tests that are declared more than once.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let tell = |group: &[Declared<AccessTest>]| {
        let headline = format!("access test `{}` is declared {}", group[0].value.name, group.times());
        Some((headline, "join them, or rename the others"))
    };
    duplicates(&RULE, &resources.tests, |one, other| one.name == other.name, tell, findings);
}
