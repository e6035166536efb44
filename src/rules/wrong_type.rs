//! A value of a type that its field does not take.

use crate::diagnostics::{Finding, Rule, Severity, Where, quoted, visible};

/// A value of a type that its field does not take.
pub static RULE: Rule = Rule {
    name: "wrong-type",
    severity: Severity::Error,
    fixed: true,
    summary: "a value of the wrong type",
    docs: "\
### What it does
Finds values of the wrong type: a number where a text belongs, a text where a list belongs, and so on. It also
finds texts that YAML readers take for something else when they are not quoted, such as `no`, `0123` and
`1e3`.

### Why
keyplan reads YAML 1.2, core schema, where `0123` is the number 123 and `1e3` is the number 1000; other tools
still read YAML 1.1, where `no` is false. If keyplan turned such values into text on its own, the name in the
plan could differ from the name in the file. So it asks for quotes, and shows the quoted form.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata:
  name: 0123                 # a number to YAML: write \"0123\"
  project: payments
  labels: {canary: no}       # false to many readers: write \"no\"
spec:
  sshKey: ops
  nodes: 10.0.0.11           # a list: write [10.0.0.11]
```

### Remedy
Write the value as the finding shows it: quotes around a text, brackets or dashes for a list, no quotes around
`true`, `false` and numbers where a field wants those.
",
};

/// A value of a wrong type. `what` names it for people, as in "`name`".
#[must_use]
pub fn finding(at: Where, what: &str, expected: &str, found: &str) -> Finding {
    RULE.finding(format!("{what} must be {expected}, and this is {found}"))
        .label(at, format!("this is {found}"))
        .help(format!("write {expected} here"))
}

/// The help that writes a field as it should be.
#[must_use]
pub fn write(field: &str, value: &str) -> String {
    format!("write `{}: {}`", visible(field), visible(value))
}

/// A field without a value.
#[must_use]
pub fn nothing(at: Where, what: &str) -> Finding {
    RULE.finding(format!("{what} has no value"))
        .label(at, "nothing is given here")
        .help("give it a value, or delete the field if it is not needed")
}

/// Text that needs quotes to be text: a number, `true`, `no`.
#[must_use]
pub fn unquoted(at: Where, what: &str, text: &str, found: &str) -> Finding {
    RULE.finding(format!("{what} must be text, and {} without quotes is {found}", quoted(text)))
        .label(at, format!("this is {found}"))
        .help(format!("if you mean the text, quote it: `\"{}\"`", visible(text)))
}

/// A field's name that is a list or a mapping.
#[must_use]
pub fn field_name(at: Where) -> Finding {
    RULE.finding("the name of a field must be text")
        .label(at, "this is no text")
        .help("write a plain name before the `:`")
}

/// An explicit tag, as in `!!str`.
#[must_use]
pub fn tagged(at: Where, what: &str) -> Finding {
    RULE.finding(format!("{what} has a tag, and declarations use none"))
        .label(at, "this has a tag")
        .help("delete the tag (`!...`); quote the value if it is text")
}
