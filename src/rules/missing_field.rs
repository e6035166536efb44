//! A field without which a document says too little.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::Role;

/// A field without which a document says too little.
pub static RULE: Rule = Rule {
    name: "missing-field",
    severity: Severity::Error,
    fixed: true,
    summary: "a required field that is not there",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds documents that lack a field they need: `apiVersion`, `kind` and `metadata.name` on every kind,
`metadata.project` on keys and clusters, a public key on an `SSHKey`, a role, with a user or a team, on each
member of a project, and a fingerprint and a reason on each key in `knownKeys` of a cluster.

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
pub fn finding(at: Location, mapping: &str, fields: &[&str]) -> Finding {
    let names = fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" or ");
    RULE.finding(format!("{mapping} has no {names}"))
        .label(at, format!("{names} belongs beside this"))
        .help(help(mapping, fields).unwrap_or_else(|| format!("add {names}")))
}

/// What to add, as it is written.
fn help(mapping: &str, fields: &[&str]) -> Option<String> {
    Some(match fields {
        ["apiVersion"] => "add `apiVersion: keyplan/v1`".into(),
        ["kind"] => "add `kind:` with Project, Team, SSHKey, Cluster, AccessTest or Workspace".into(),
        ["metadata"] if matches!(mapping, "an SSH key" | "a cluster") => {
            "add `metadata: {name: NAME, project: PROJECT}`".into()
        }
        ["metadata"] => "add `metadata: {name: NAME}`".into(),
        ["name"] => "add `name: NAME`".into(),
        ["project"] => "add `project: PROJECT`, the name of the project that it belongs to".into(),
        ["spec"] if mapping == "an SSH key" => {
            "add `spec:` with `publicKey` or `publicKeyFile` below it".into()
        }
        ["role"] => {
            let roles: Vec<_> = Role::ALL.iter().map(|role| role.word()).collect();
            format!("add `role: ROLE`, one of {}", roles.join(", "))
        }
        ["publicKey", "publicKeyFile"] | ["publicKeyFile", "publicKey"] => {
            "add `publicKey: TYPE AAAA… COMMENT`, or `publicKeyFile: PATH`".into()
        }
        ["fingerprint"] => "add `fingerprint: SHA256:…`, as `ssh-keygen -l -f KEY.pub` prints it".into(),
        ["reason"] => "add `reason: TEXT`, which says why the key may be there".into(),
        ["user", "team"] | ["team", "user"] => "add `user: NAME` or `team: NAME`".into(),
        _ => return None,
    })
}
