//! More than one key in one value.

use std::ops::Range;

use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity};
use crate::openssh::KeyType;

/// More than one key in one value.
pub static RULE: Rule = Rule {
    name: "several-keys",
    severity: Severity::Error,
    fixed: true,
    summary: "more than one key in one value",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a second key, or any other second line, in one `publicKey` or in one `publicKeyFile`.

### Why
Each key has a name of its own here, so that a plan can say who gets in. A second key that comes along in a
comment or on a second line is access that nobody reviewed: some tools write such a value to
`authorized_keys` as it is, and sshd then trusts both lines.

### Example
```yaml
spec:
  publicKey: |
    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops
    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... backup
```

### Remedy
Keep one line, and declare one `SSHKey` for each further key. A cluster is given one of them.
",
};

/// Finds keys behind the first one: `rest` is the text behind its base64.
#[must_use]
pub fn check(text: &LocatedText<'_>, rest: Range<usize>) -> Option<Finding> {
    let behind = &text.text()[rest.clone()];
    if let Some(second) = second_key(behind) {
        let at = text.at(rest.start + second.start..rest.start + second.end);
        return Some(finding("more than one key in one value").label(at, "a second key begins here"));
    }
    let mut start = rest.start;
    for (number, line) in behind.split_inclusive(['\n', '\r']).enumerate() {
        let content = line.trim();
        if number > 0 && !content.is_empty() && !content.starts_with('#') {
            let from = start + (line.len() - line.trim_start().len());
            let at = text.at(from..from + content.len());
            return Some(finding("more than one line in one key").label(at, "this is not part of the key"));
        }
        start += line.len();
    }
    None
}

fn finding(summary: &str) -> Finding {
    RULE.finding(summary).help("keep one line, and declare another `SSHKey` for each further key")
}

/// A word that ends in the name of a key type, as when two files are joined without a line end, and the
/// beginning of its base64 behind it.
fn second_key(text: &str) -> Option<Range<usize>> {
    text.match_indices("AAAA").find_map(|(at, _)| {
        let before = text[..at].trim_end();
        if before.len() == at {
            return None;
        }
        let name = KeyType::ALL
            .into_iter()
            .map(KeyType::name)
            .filter(|name| before.ends_with(name))
            .max_by_key(|name| name.len())?;
        Some(before.len() - name.len()..at)
    })
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
    fn is_silent_on_one_key() {
        for rest in ["", " ops\n", " team #ops ssh-ed25519 AND MORE\r\n", "\n# a note\n\n", " AAAA"] {
            assert!(check(&text(rest), 0..rest.len()).is_none(), "{rest}");
        }
    }

    #[test]
    fn finds_the_second_key() {
        for rest in [" ops\nssh-rsa AAAA", " ops ssh-rsa AAAA b", " opsssh-rsa AAAA", " ops\rssh-rsa\nAAAA"] {
            let finding = check(&text(rest), 0..rest.len()).unwrap();
            let start = u32::try_from(rest.find("ssh-rsa").unwrap()).unwrap();
            assert_eq!(finding.labels[0].at, place(start, start + 8), "{rest}");
        }
    }

    #[test]
    fn finds_a_second_line() {
        assert_eq!(check(&text("x ops\n  wat \n"), 1..12).unwrap().labels[0].at, place(8, 11));
    }
}
