//! A project that is not declared.

use super::wrong_type::{TEMPLATE, is_template};
use crate::diagnostics::{Finding, Rule, Severity, Location, nearest, quoted};

/// A project that is not declared.
pub static RULE: Rule = Rule {
    name: "unknown-project",
    severity: Severity::Error,
    fixed: true,
    summary: "a reference to a project that is not declared",
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

/// A reference to a project that is not declared; `renamed` is the name of the project that had it before.
#[must_use]
pub fn finding<'a>(
    at: Location,
    project: &str,
    renamed: Option<&str>,
    known: impl IntoIterator<Item = &'a str>,
) -> Finding {
    let help = match (renamed, nearest(project, known)) {
        (Some(new), _) => format!("write `{new}`: the project is called so now"),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) if is_template(project) => TEMPLATE.into(),
        (None, None) => "declare it with `kind: Project`, or name a project that is declared".into(),
    };
    RULE.finding(format!("there is no project {}", quoted(project)))
        .label(at, "no document declares it")
        .help(help)
}
