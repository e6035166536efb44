//! A field that stands twice in one mapping.

use super::repeats::{places_again, times};
use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// A field that stands twice in one mapping.
pub static RULE: Rule = Rule {
    name: "duplicate-field",
    severity: Severity::Error,
    fixed: true,
    summary: "a field that stands twice in one mapping",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a field that occurs twice in the same mapping. Both places are shown.

### Why
YAML does not allow it, but readers differ: some keep the first value, some the last, some complain. So the
reviewer may believe one value while a tool uses the other. It is most often left over from a merge of two
branches that both added the field.

`sshKey` twice on one cluster with different values is found by `second-key`.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops
  loginUser: spectro
  loginUser: ubuntu          # which of the two is it?
```

### Remedy
Keep the line that is right and delete the other. For a list, join the items under one field.
",
};

/// A field that stands more than once in one mapping: `again` are its places behind the first one.
#[must_use]
pub fn finding(again: impl ExactSizeIterator<Item = Location>, first: Location, field: &str) -> Finding {
    let count = again.len() + 1;
    let finding = RULE.finding(format!("{} is given {}", quoted(field), times(count)));
    places_again(finding, again, "given")
        .label(first, "first given here")
        .help(if count == 2 { "keep one of the two" } else { "keep one of them" })
}

/// A document that begins again without `---` before it: one finding for all of its fields. `field` is the one
/// that every such document begins with.
#[must_use]
pub fn document(second: Location, first: Location, field: &str) -> Finding {
    let field = quoted(field);
    RULE.finding(format!("{field} is given twice: `---` is missing between two documents"))
        .label(second, "a second document begins here")
        .label(first, "the first one begins here")
        .help("write `---` on a line of its own above the second one")
}

/// Two fields of which a mapping may have one, each with its place, in the order of the file.
#[must_use]
pub fn both(first: (Location, &str), second: (Location, &str), mapping: &str) -> Finding {
    RULE.finding(format!("{mapping} has both `{}` and `{}`", first.1, second.1))
        .label(first.0, format!("`{}` is given here", first.1))
        .label(second.0, format!("and `{}` here; one of them is enough", second.1))
        .help(format!("keep `{}` or `{}`, not both", first.1, second.1))
}
