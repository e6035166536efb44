//! A name that is not written as names are.

use crate::diagnostics::{Finding, LocatedText, Rule, Severity, quoted};
use crate::model::NameFault;

/// A name that is not written as names are.
pub static RULE: Rule = Rule {
    name: "invalid-name",
    severity: Severity::Error,
    fixed: true,
    summary: "a name outside of the grammar of names",
    docs: "\
### What it does
Finds names that are not written as keyplan's names are. A name has 1 to 63 characters, begins and ends with a
letter or a digit, and between them may have letters, digits, `.`, `_`, `-`, `@`, `+` and single spaces.
Letters are `A` to `Z` and `a` to `z`.

### Why
Names appear in addresses such as `key/payments/ops`, in logs and in other systems. A slash would make an
address ambiguous. A space at the end, or a letter of another alphabet that looks like an `a`, would make two
names that nobody can tell apart on a screen.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata:
  name: ops/2026             # `/` separates the parts of an address
  project: payments
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
```

### Remedy
Choose a name within the grammar, here `ops-2026`, and use it at every place that refers to the old one. If
the name looks right, delete the marked character and type it again: it may be one that only looks alike.
",
};

/// A name outside of the grammar. `what` names its bearer for people.
#[must_use]
pub fn finding(name: &LocatedText<'_>, what: &str, fault: &NameFault) -> Finding {
    let help = match fault {
        NameFault::Empty => "write a name of 1 to 63 characters",
        NameFault::TooLong { .. } => "shorten it, and put the rest into `description`",
        NameFault::Letter { .. } => "use letters, digits, `. _ - @ +` and single spaces inside",
        NameFault::Edge { .. } => "begin and end it with a letter or digit",
        NameFault::TwoSpaces { .. } => "keep one of the spaces",
    };
    RULE.finding(format!("{} is no name for {what}", quoted(name.text())))
        .label(name.at(fault.range(name.text())), fault.to_string())
        .help(help)
}
