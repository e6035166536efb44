//! A version of the file format that keyplan does not read.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// A version of the file format that keyplan does not read.
pub static RULE: Rule = Rule {
    name: "unknown-api-version",
    severity: Severity::Error,
    fixed: true,
    summary: "a version of the file format that is not known",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds documents whose `apiVersion` is not `keyplan/v1`, and names the nearest one that is known.

### Why
The version says what the fields of a document mean. keyplan does not guess: a document of a newer version may
use a known field with another meaning, and the guess would become access.

### Example
```yaml
apiVersion: v1               # the version is written `keyplan/v1`
kind: Project
metadata: {name: payments}
spec:
  members: [{team: sre, role: Cluster Admin}]
```

### Remedy
Write `apiVersion: keyplan/v1`. If the document was made for a newer keyplan, update the keyplan that checks
it, in CI too. If it belongs to another tool, keep it outside of the directory that keyplan reads.
",
};

/// A version of the format that keyplan does not know.
#[must_use]
pub fn finding(at: Location, version: &str, known: &str) -> Finding {
    RULE.finding(format!("the format {} is unknown", quoted(version)))
        .label(at, format!("this keyplan reads `{known}`"))
        .help(if version.starts_with("keyplan/v") {
            format!("write `apiVersion: {known}`, or use a newer keyplan")
        } else {
            format!("write `apiVersion: {known}`, or move what is not for keyplan to another folder")
        })
}
