//! A value of a type that its field does not take.

use crate::diagnostics::{Applicability, Change, Fix, Check, Finding, Rule, Severity, Location, quoted, visible};

/// A value of a type that its field does not take.
pub static RULE: Rule = Rule {
    name: "wrong-type",
    severity: Severity::Error,
    fixed: true,
    summary: "a value of the wrong type",
    check: Check::Value,
    fixes: &[Applicability::Safe],
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
pub fn finding(at: Location, what: &str, expected: &str, found: &str) -> Finding {
    RULE.finding(format!("{what} must be {expected}")).label(at, format!("this is {found}")).help(
        match what {
            "a document" => "begin it with `apiVersion: keyplan/v1`, and part documents by `---`".into(),
            _ => format!("write {expected} here"),
        },
    )
}

/// What to do about a template in place of a value.
pub const TEMPLATE: &str = "write the value itself: keyplan fills in no templates";

/// Whether a text holds the marks of Helm, Jinja, a shell or the like, to be filled in by another tool.
#[must_use]
pub fn is_template(text: &str) -> bool {
    ["{{", "{%", "${", "$(", "<%"].iter().any(|mark| text.contains(mark))
}

/// A template that YAML reads as a mapping: `{{ .Values.name }}` without quotes.
#[must_use]
pub fn template(at: Location, what: &str) -> Finding {
    RULE.finding(format!("{what} is a template")).label(at, "nothing was filled in here").help(TEMPLATE)
}

/// The longest value that a help line writes out.
const LONGEST: usize = 60;

/// The help that writes a field, or an item of a list, as it should be.
#[must_use]
pub fn write(field: &str, value: &str) -> String {
    let is_item = field.ends_with(']');
    match (value.chars().count() > LONGEST, is_item) {
        (true, _) => format!("write the value itself after `{}:`", visible(field)),
        (false, true) => format!("write `{}`", visible(value)),
        (false, false) => format!("write `{}: {}`", visible(field), visible(value)),
    }
}

/// A field without a value.
#[must_use]
pub fn nothing(at: Location, what: &str) -> Finding {
    RULE.finding(format!("{what} has no value"))
        .label(at, "a value belongs here")
        .help("give it a value, or delete the field if it is not needed")
}

/// Text that needs quotes to be text: a number, `true`, `no`.
#[must_use]
pub fn unquoted(at: Location, what: &str, text: &str, found: &str) -> Finding {
    RULE.finding(format!("{what} must be text, and {} without quotes is {found}", quoted(text)))
        .label(at.clone(), "this needs quotes")
        .help(format!("if you mean the text, quote it: `\"{}\"`", visible(text)))
        .fix(Fix::safe(vec![Change::Text(at, text.to_owned())]))
}

/// A field's name that is a list or a mapping.
#[must_use]
pub fn field_name(at: Location) -> Finding {
    RULE.finding("the name of a field must be text")
        .label(at, "a list or a mapping stands here")
        .help("write a plain name before the `:`")
}

/// An explicit tag, as in `!!str`.
#[must_use]
pub fn tagged(at: Location, what: &str) -> Finding {
    RULE.finding(format!("{what} has a tag, and declarations use none"))
        .label(at, "this is the tag")
        .help("delete it, or quote the whole value if the `!` belongs to it")
}

#[cfg(test)]
mod tests {
    use super::{is_template, write};

    #[test]
    fn writes_no_long_value_out() {
        assert_eq!(write("nodes", "[a]"), "write `nodes: [a]`");
        assert_eq!(write("nodes[0]", "a"), "write `a`");
        assert_eq!(write("publicKey", &"A".repeat(61)), "write the value itself after `publicKey:`");
    }

    #[test]
    fn knows_templates() {
        for text in ["{{ .Values.name }}", "${NAME}", "$(cat ops.pub)", "{% if a %}", "<%= name %>"] {
            assert!(is_template(text), "{text}");
        }
        assert!(!is_template("{name: ops}") && !is_template("costs $5"));
    }
}
