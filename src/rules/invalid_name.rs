//! A name that is not written as names are.

use super::wrong_type::{TEMPLATE, is_template};
use crate::diagnostics::{Finding, LocatedText, Rule, Severity, quoted, visible};
use crate::model::{Name, NameFault, UserName};

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
    if *fault == NameFault::Empty {
        return RULE
            .finding(format!("the name of {what} is empty"))
            .label(name.whole(), "a name belongs here")
            .help("write a name of 1 to 63 characters");
    }
    RULE.finding(format!("{} is no name for {what}", quoted(name.text())))
        .label(name.at(fault.range(name.text())), fault.to_string())
        .help(help(name.text(), what, fault))
}

fn help(name: &str, what: &str, fault: &NameFault) -> String {
    if is_template(name) {
        return TEMPLATE.into();
    }
    let is_user = what == "a user";
    if let Some(address) = address_in(name).filter(|_| is_user) {
        return format!("did you mean `{address}`?");
    }
    match fault {
        NameFault::Empty => "write a name of 1 to 63 characters".into(),
        NameFault::TooLong { .. } => "shorten it, and put the rest into `description`".into(),
        NameFault::Letter { letter: '\u{2018}'..='\u{201f}', .. } => {
            "replace the typographic quotes by plain ones, `\"`, or by none".into()
        }
        NameFault::Letter { .. } => match with_hyphens(name).filter(|_| !is_user) {
            Some(other) => format!("did you mean `{other}`?"),
            None => "use `A` to `Z`, `a` to `z`, digits, `. _ - @ +` and single spaces".into(),
        },
        NameFault::Edge { .. } if is_user => {
            format!("write the name that {what} logs in with, as in `ana@example.com`")
        }
        NameFault::Edge { .. } => "begin and end it with a letter or digit".into(),
        NameFault::TwoSpaces { .. } => "keep one of the spaces".into(),
    }
}

/// The address in `Ana <ana@example.com>` and `mailto:ana@example.com`.
fn address_in(name: &str) -> Option<UserName> {
    let inner = name.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    let address = inner.or_else(|| name.strip_prefix("mailto:"))?;
    UserName::parse(address.trim()).ok()
}

/// The name with hyphens for the ASCII characters that names do not have: `prod-eu` for `prod/eu`.
fn with_hyphens(name: &str) -> Option<String> {
    let is_of_names = |letter: char| letter.is_ascii_alphanumeric() || "._-@+ ".contains(letter);
    let other: String = name
        .chars()
        .map(|letter| if letter.is_ascii() && !is_of_names(letter) { '-' } else { letter })
        .collect();
    Name::parse(&other).is_ok().then(|| visible(&other))
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::{LocatedText, Where};
    use crate::model::{Name, UserName};
    use crate::source::FileId;

    fn help(name: &str, what: &str) -> String {
        let fault = match what {
            "a user" => UserName::parse(name).unwrap_err(),
            _ => Name::parse(name).unwrap_err(),
        };
        finding(&LocatedText::new(name, Where::File(FileId(0))), what, &fault).help.unwrap()
    }

    #[test]
    fn shows_what_to_write() {
        assert_eq!(help("prod/eu", "a cluster"), "did you mean `prod-eu`?");
        assert!(help("münchen", "a cluster").starts_with("use `A` to `Z`"));
        assert!(help("“prod”", "a cluster").contains("typographic"));
        assert!(help("{{ .Values.name }}", "a cluster").contains("template"));
        assert!(help("prod-", "a cluster").starts_with("begin and end"));
    }

    #[test]
    fn finds_the_address_of_a_user() {
        for user in ["Ana <ana@example.com>", "<ana@example.com>", "mailto:ana@example.com"] {
            assert_eq!(help(user, "a user"), "did you mean `ana@example.com`?", "{user}");
        }
        assert!(help("@sre", "a user").contains("as in `ana@example.com`"));
    }
}
