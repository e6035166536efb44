//! A name that is not written as names are.

use super::wrong_type::{TEMPLATE, is_template};
use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity, quoted, visible};
use crate::model::{Name, NameError, UserName};

/// A name that is not written as names are.
pub static RULE: Rule = Rule {
    name: "invalid-name",
    severity: Severity::Error,
    fixed: true,
    summary: "a name outside of the grammar of names",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds names that are not written as keyplan's names are. A name has 1 to 63 characters, begins and ends with a
letter or a digit, and between them may have letters, digits, `.`, `_`, `-`, `@`, `+` and single spaces.
Letters are `A` to `Z` and `a` to `z`. A user is somebody else's name: up to 254 characters of any kind that
are seen, without blanks. `team:` before it would name a team.

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
pub fn finding(name: &LocatedText<'_>, what: &str, fault: &NameError) -> Finding {
    if *fault == NameError::Empty {
        return RULE
            .finding(format!("the name of {what} is empty"))
            .label(name.whole(), "a name belongs here")
            .help("write a name of 1 to 63 characters");
    }
    RULE.finding(format!("{} is no name for {what}", quoted(name.text())))
        .label(name.at(fault.range(name.text())), fault.to_string())
        .help(help(name.text(), what, fault))
}

fn help(name: &str, what: &str, fault: &NameError) -> String {
    if is_template(name) {
        return TEMPLATE.into();
    }
    let is_user = what == USER;
    match fault {
        NameError::Empty => "write a name of 1 to 63 characters".into(),
        NameError::TooLong { .. } => "shorten it, and put the rest into `description`".into(),
        NameError::Letter { .. } if is_user => {
            format!("write the name that {what} logs in with, as in `ana@example.com`")
        }
        NameError::Letter { letter: '\u{2018}'..='\u{201f}', .. } => QUOTES.into(),
        NameError::Letter { .. } => match with_hyphens(name) {
            Some(other) => format!("did you mean `{other}`?"),
            None => "use `A` to `Z`, `a` to `z`, digits, `. _ - @ +` and single spaces".into(),
        },
        NameError::Edge { .. } => "begin and end it with a letter or digit".into(),
        NameError::TwoSpaces { .. } => "keep one of the spaces".into(),
        NameError::Team => "write the name of a user here, as in `ana@example.com`".into(),
    }
}

/// What a user is called in findings.
const USER: &str = "a user";
const QUOTES: &str = "replace the typographic quotes by plain ones, `\"`, or by none";

/// A user whose name is nobody's, though it could be one: an address with something around it, a template, a
/// text in typographic quotes.
#[must_use]
pub fn nobody(user: &LocatedText<'_>) -> Option<Finding> {
    let text = user.text();
    let (why, help) = if let Some(address) = address_in(text) {
        ("an address has something around it", format!("did you mean `{address}`?"))
    } else if is_template(text) {
        ("nothing was filled in here", TEMPLATE.into())
    } else if text.starts_with(|first| matches!(first, '\u{2018}'..='\u{201f}')) {
        ("these quotes belong to the name", QUOTES.into())
    } else {
        return None;
    };
    Some(RULE.finding(format!("{} is no name for {USER}", quoted(text))).label(user.whole(), why).help(help))
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
    use super::{finding, nobody};
    use crate::diagnostics::{LocatedText, Location};
    use crate::model::Name;
    use crate::source::FileId;

    fn help(name: &str, what: &str) -> String {
        let fault = Name::parse(name).unwrap_err();
        finding(&LocatedText::new(name, Location::File(FileId(0))), what, &fault).help.unwrap()
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
    fn finds_the_user_who_is_meant() {
        let help = |user: &str| nobody(&LocatedText::new(user, Location::File(FileId(0)))).unwrap().help.unwrap();
        for user in ["Ana <ana@example.com>", "<ana@example.com>", "mailto:ana@example.com"] {
            assert_eq!(help(user), "did you mean `ana@example.com`?", "{user}");
        }
        assert!(help("“ana”").contains("typographic") && help("${USER}").contains("template"));
        for user in ["@sre", "o'brien", "a:b"] {
            assert!(nobody(&LocatedText::new(user, Location::File(FileId(0)))).is_none(), "{user}");
        }
    }
}
