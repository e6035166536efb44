//! A field that its place does not have.

use super::wrong_type;
use crate::diagnostics::{Applicability, Fix, Check, Finding, Rule, Severity, Location, Suggestion, quoted, suggestion, visible};

/// A field that its place does not have.
pub static RULE: Rule = Rule {
    name: "unknown-field",
    severity: Severity::Error,
    fixed: true,
    summary: "a field that its place does not have",
    check: Check::Value,
    fixes: &[Applicability::Safe, Applicability::Unsafe],
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
pub fn meant<'a>(field: &str, known: &[&'a str]) -> Option<Suggestion<'a>> {
    let elsewhere = match field.to_ascii_lowercase().as_str() {
        "namespace" => "project",
        "hosts" | "servers" | "machines" | "ips" | "addresses" => "nodes",
        "provider" | "cloudtype" => "cloud",
        "keyname" | "sshkeyname" | "sshkeyref" | "keyref" => "sshKey",
        "expiration" | "validuntil" => "expires",
        "email" | "username" | "name" | "member" | "login" => "user",
        "users" => "members",
        "group" => "team",
        _ => "",
    };
    let elsewhere = known.iter().copied().find(|name| *name == elsewhere);
    let elsewhere = elsewhere.map(|word| Suggestion { word, is_only: true });
    elsewhere.or_else(|| suggestion(field, known.iter().copied()))
}

/// An option of a key that is not written as it is here: in the words of `authorized_keys`, or one that
/// cannot be declared. `known` are the fields of `options`; `is_inside` says whether it is there.
/// Nothing when it is no such option.
#[must_use]
pub fn option(at: Location, field: &str, mapping: &str, known: &[&str], is_inside: bool) -> Option<Finding> {
    let bare = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_lowercase();
    let word = bare(field);
    let find = |word: &str| known.iter().copied().find(|known| bare(known) == word);
    let negated = word.strip_prefix("no").and_then(find).filter(|_| find(&word).is_none());
    let finding = RULE.finding(format!("{} is not a field of {mapping}", quoted(field)));
    let each = "delete it, and declare each key that may log in";
    let (label, help) = match (word.as_str(), find(&word), negated) {
        ("certauthority" | "ca", ..) => {
            let why = "with this nobody could log in with the key itself, but everybody whose key it signs";
            (why, each.to_owned())
        }
        ("principals", ..) => ("this is of keys that sign others, which cannot be declared", each.to_owned()),
        ("expirytime" | "expires", ..) if is_inside => {
            ("nothing would read this", "write `expires: 2027-06-30` in `spec`, with the last day".into())
        }
        (_, Some(right), _) if is_inside => ("nothing would read this", format!("did you mean `{right}`?")),
        (_, Some(right), _) => ("nothing would read this", format!("write `{right}` in `options`")),
        (_, None, Some(right)) if is_inside => ("nothing would read this", format!("write `{right}: false`")),
        (_, None, Some(right)) => ("nothing would read this", format!("write `{right}: false` in `options`")),
        (_, None, None) => return None,
    };
    let meant = find(&word).filter(|_| is_inside).map(|word| Suggestion { word, is_only: true });
    let fix = meant.and_then(|meant| Fix::word(at.clone(), field, meant));
    Some(finding.label(at, label).help(help).fix(fix))
}

/// A field whose right name is given in the same mapping.
#[must_use]
pub fn beside(at: Location, field: &str, mapping: &str, right: (&str, Location)) -> Finding {
    RULE.finding(format!("{} is not a field of {mapping}", quoted(field)))
        .label(at, "nothing would read this")
        .label(right.1, format!("`{}` is given here", right.0))
        .help("delete the one that is wrong")
}

/// A member of a project that is written as `NAME: ROLE`.
#[must_use]
pub fn member(at: Location, name: &str, mapping: &str, role: &str) -> Finding {
    RULE.finding(format!("{} is not a field of {mapping}", quoted(name)))
        .label(at, "a member is named in the field `user` or `team`")
        .help(format!("write `{{user: {}, role: {}}}`", visible(name), visible(role)))
}

/// A field with its value, between which a space is missing: `name:"p"`.
#[must_use]
pub fn unspaced(at: Location, field: &str, value: &str) -> Finding {
    RULE.finding(format!("a space is missing behind `{}:`", visible(field)))
        .label(at, "without it this is all one name")
        .help(wrong_type::write(field, value))
}

/// A field that its mapping does not have. `mapping` names the mapping for people, and `home` is the
/// part of the document that does have such a field.
#[must_use]
pub fn finding(at: Location, field: &str, mapping: &str, known: &[&str], home: Option<&str>) -> Finding {
    let mut fix = None;
    let help = match (field, meant(field, known)) {
        ("apiVersion" | "kind" | "metadata" | "spec", _) => {
            "move it to the top level: indent it as the `kind` of the document".into()
        }
        ("project", _) if known.contains(&"name") => {
            format!("delete it: {} belongs to no project", mapping.rsplit(" of ").next().unwrap_or_default())
        }
        _ if field.starts_with(|first: char| first.is_whitespace()) => {
            "replace the no-break spaces before it by plain spaces".into()
        }
        ("<<", _) => "YAML 1.2 has no merge keys: write the fields out".into(),
        ("previousName", _) => "delete it: a key under a new name is known by its public key".into(),
        ("annotations" | "tags", _) if known.contains(&"labels") => {
            "delete it, or write `labels` or `description`".into()
        }
        (_, Some(near)) => {
            fix = Fix::word(at.clone(), field, near);
            near.help()
        }
        (_, None) if home.is_some() => format!("move it to `{}`", home.unwrap_or_default()),
        (_, None) if known.is_empty() => "delete it".into(),
        (_, None) => format!("delete it; the fields here are {}", known.join(", ")),
    };
    RULE.finding(format!("{} is not a field of {mapping}", quoted(field)))
        .label(at, "nothing would read this")
        .help(help)
        .fix(fix)
}
