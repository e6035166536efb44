//! A field without which a document says too little.

use crate::diagnostics::{Finding, Rule, Severity, Where};

/// A field without which a document says too little.
pub static RULE: Rule = Rule {
    name: "missing-field",
    severity: Severity::Error,
    fixed: true,
    summary: "a required field that is not there",
    docs: "\
### What it does
Finds documents that lack a field they need: `apiVersion`, `kind` and `metadata.name` on every kind,
`metadata.project` on keys and clusters, a public key on an `SSHKey`, and a role, with a user or a team, on
each member of a project.

### Why
keyplan fills in defaults only where there is one safe answer. There is none for the project of a key or the
role of a person: any guess would give access that nobody asked for.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops}        # which project is it for?
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
```

### Remedy
Add the field that the finding names. Here: `metadata: {name: ops, project: payments}`. If the field is there,
look at its indentation: it may stand one level too deep or too shallow, and so belong to something else.
",
};

/// A mapping without a field that it needs; of several names, one is needed.
#[must_use]
pub fn finding(at: Where, mapping: &str, fields: &[&str]) -> Finding {
    let names = fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" or ");
    RULE.finding(format!("{mapping} has no {names}"))
        .label(at, format!("{names} is missing in this mapping"))
        .help(match fields {
            ["apiVersion"] => "add `apiVersion: keyplan/v1`".into(),
            ["kind"] => "add `kind:` and what the document declares: Project, Team, SSHKey, Cluster or Workspace".into(),
            _ => format!("add {names}"),
        })
}
