//! A field that its place does not have.

use crate::diagnostics::{Finding, Rule, Severity, Where, nearest, quoted, visible};

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

/// The field that was most likely meant: misspelt, or under the name that it has elsewhere.
#[must_use]
pub fn meant<'a>(field: &str, known: &[&'a str]) -> Option<&'a str> {
    let elsewhere = match field.to_ascii_lowercase().as_str() {
        "namespace" => "project",
        "hosts" | "servers" | "machines" | "ips" | "addresses" => "nodes",
        "provider" | "cloudtype" => "cloud",
        "keyname" | "sshkeyname" | "sshkeyref" | "keyref" => "sshKey",
        "expiration" | "validuntil" => "expires",
        "email" | "username" => "user",
        "group" => "team",
        _ => "",
    };
    let elsewhere = known.iter().copied().find(|name| *name == elsewhere);
    elsewhere.or_else(|| nearest(field, known.iter().copied()))
}

/// A field whose right name is given in the same mapping.
#[must_use]
pub fn beside(at: Where, field: &str, mapping: &str, right: (&str, Where)) -> Finding {
    RULE.finding(format!("{} is not a field of {mapping}", quoted(field)))
        .label(at, "nothing would read this")
        .label(right.1, format!("`{}` is given here", right.0))
        .help("delete the one that is wrong")
}

/// A member of a project that is written as `NAME: ROLE`.
#[must_use]
pub fn member(at: Where, name: &str, mapping: &str, role: &str) -> Finding {
    RULE.finding(format!("{} is not a field of {mapping}", quoted(name)))
        .label(at, "a member is named in the field `user` or `team`")
        .help(format!("write `{{user: {}, role: {}}}`", visible(name), visible(role)))
}

/// A field that its mapping does not have. `mapping` names the mapping for people, and `home` is the
/// part of the document that does have such a field.
#[must_use]
pub fn finding(at: Where, field: &str, mapping: &str, known: &[&str], home: Option<&str>) -> Finding {
    let help = match (field, meant(field, known)) {
        ("<<", _) => "YAML 1.2 has no merge keys: write the fields out".into(),
        ("previousName", _) => "delete it: a key under a new name is known by its public key".into(),
        ("annotations" | "tags", _) if known.contains(&"labels") => {
            "delete it, or write `labels` or `description`".into()
        }
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) if home.is_some() => format!("move it to `{}`", home.unwrap_or_default()),
        (_, None) if known.is_empty() => "delete it".into(),
        (_, None) => format!("delete it; the fields here are {}", known.join(", ")),
    };
    RULE.finding(format!("{} is not a field of {mapping}", quoted(field)))
        .label(at, "nothing would read this")
        .help(help)
}
