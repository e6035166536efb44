//! A field that its place does not have.

use crate::diagnostics::{Finding, Rule, Severity, Where, nearest, quoted};

/// A field that its place does not have.
pub static RULE: Rule = Rule {
    name: "unknown-field",
    severity: Severity::Error,
    fixed: true,
    summary: "a field that its place does not have",
    docs: "\
### What it does
Finds fields that keyplan does not know at the place where they stand, and names the nearest known one. Upper
and lower case count.

### Why
A field that is passed over is a wish that is not granted. With `sshkey: ops` read as nothing, the cluster
would have no key at all, and the file would still look right to everyone who reviews it.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshkey: ops                # the field is written `sshKey`
  project: payments          # a known field, but of `metadata`
```

### Remedy
Write the field as the finding suggests, or move it to where it belongs. `keyplan schema` prints a JSON Schema
with which an editor completes and checks fields while you type. For notes of your own there are comments,
`metadata.description` and `metadata.labels`.
",
};

/// A field that its mapping does not have. `mapping` names the mapping for people, and `home` is the
/// part of the document that does have such a field.
#[must_use]
pub fn finding(at: Where, field: &str, mapping: &str, known: &[&str], home: Option<&str>) -> Finding {
    let help = match (field, nearest(field, known.iter().copied())) {
        ("<<", _) => "YAML 1.2 has no merge keys: write the fields out".into(),
        ("previousName", _) => {
            "a key under a new name with the same public key is seen as renamed: delete this".into()
        }
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) if home.is_some() => format!("move it to `{}`", home.unwrap_or_default()),
        (_, None) if known.is_empty() => "delete it".into(),
        (_, None) => format!("delete it; the fields here are {}", known.join(", ")),
    };
    RULE.finding(format!("{} is not a field of {mapping}", quoted(field)))
        .label(at, "unknown field")
        .help(help)
}
