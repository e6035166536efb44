//! A project that is not declared.

use super::unknown::Undeclared;
use crate::diagnostics::{Applicability, Fix, Suggestion, Check, Finding, Rule, Severity, quoted};

/// A project that is not declared.
pub static RULE: Rule = Rule {
    name: "unknown-project",
    severity: Severity::Error,
    fixed: true,
    summary: "a reference to a project that is not declared",
    check: Check::Value,
    fixes: &[Applicability::Unsafe],
    docs: "\
### What it does
Finds keys and clusters whose `metadata.project` is not the name of a declared project. The nearest known name
is shown.

### Why
Who may use a key or a cluster is said by its project. Without the project nobody has a role there, and a
misspelt name would move the key to a place that nobody looks at. Names are compared exactly, with their case.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payment}  # there is only `payments`
spec: {sshKey: ops}
```

### Remedy
Correct the name, or declare the project with a document of `kind: Project`. If it is declared and still not
found, look at where: only files below the directory that keyplan was given are read, and hidden ones are not.
",
};

/// The finding for a project that is not declared, beside those that are. `renamed` is what is declared with it as
/// `previousName`.
#[must_use]
pub fn finding<'a>(
    project: Undeclared<'_>,
    renamed: Option<&str>,
    known: impl IntoIterator<Item = &'a str>,
) -> Finding {
    let summary = format!("there is no project {}", quoted(project.name));
    let declare = "declare it with `kind: Project`, or name a project that is declared";
    let at = project.at.clone();
    let finding = project.finding(&RULE, summary, known, declare);
    match renamed {
        Some(new) => finding
            .help(format!("write `{new}`: the project is called so now"))
            .fix(Fix::name(at, Suggestion { word: new, is_only: true })),
        None => finding,
    }
}
