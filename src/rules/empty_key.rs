//! Nothing where a public key should be.

use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity};
use crate::openssh::KeyType;

/// Nothing where a public key should be.
pub static RULE: Rule = Rule {
    name: "empty-key",
    severity: Severity::Error,
    fixed: true,
    summary: "nothing where a public key should be",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a public key that is empty, only white space, only a comment, or only the name of a key type.

### Why
A cluster that is given an empty key is one that nobody can log in to. A line that begins with `#` is a
comment to sshd, and so no key.

### Example
```yaml
spec:
  publicKey: \"# ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...\"
```

### Remedy
Write the whole line of the `.pub` file: the type, the base64 text, and a comment if you like.
",
};

/// Finds a text that has no key in it, not even a broken one.
#[must_use]
pub fn check(text: &LocatedText<'_>) -> Option<Finding> {
    let mut lines = text.text().split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else {
        return Some(finding(text, "the public key is empty", "a key belongs here"));
    };
    if first.starts_with('#') && lines.all(|line| line.starts_with('#')) {
        return Some(finding(
            text,
            "the public key is only a comment",
            "sshd passes over what begins with `#`",
        ));
    }
    let name = text.text().trim();
    (KeyType::parse(name).is_some()).then(|| {
        finding(text, format!("only the key type `{name}`, and no key"), "the base64 text should follow")
    })
}

fn finding(text: &LocatedText<'_>, summary: impl Into<String>, label: &str) -> Finding {
    RULE.finding(summary).label(text.whole(), label).help("write the whole line of the `.pub` file")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::{LocatedText, Location};
    use crate::source::{FileId, SourceSpan, Span};

    fn place(start: u32, end: u32) -> Location {
        Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) })
    }

    fn text(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, place(0, 1000))
    }

    #[test]
    fn is_silent_on_a_key() {
        for key in ["ssh-ed25519 AAAA", "ssh-ed25519 AAAA #ops", "# ops\nssh-ed25519 AAAA", "x"] {
            assert!(check(&text(key)).is_none(), "{key}");
        }
    }

    #[test]
    fn finds_what_is_no_key() {
        for key in ["", " \n\t", "# ssh-ed25519 AAAA ops", "#\n\n # x", "ssh-ed25519", " ssh-rsa\n"] {
            assert!(check(&text(key)).is_some(), "{key}");
        }
        assert_eq!(check(&text("")).unwrap().labels[0].at, place(0, 1000));
    }
}
