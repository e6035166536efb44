//! The type in the text is not the one that is encoded.

use super::unknown_key_type::is_shown;
use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// The type in the text is not the one that is encoded.
pub static RULE: Rule = Rule {
    name: "key-type-mismatch",
    severity: Severity::Error,
    fixed: true,
    summary: "a key whose type differs from the one it encodes",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a public key whose first word, whose encoded type and whose encoded curve are not the same.

### Why
The type of a key is written twice, once to be read and once in the base64 text (RFC 4253, section 6.6), and
an ECDSA key names its curve once more (RFC 5656, section 3.1). When they differ, two keys were mixed up,
and sshd drops the line.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAI... ops   # encodes an ssh-ed25519 key
```

### Remedy
Copy the whole line again from the `.pub` file.
",
};

/// The finding for a key that is called `written` and encodes `encoded`.
#[must_use]
pub fn finding(written: &str, encoded: &str, written_at: Location, encoded_at: Location) -> Finding {
    let help = if encoded.starts_with("rsa-sha2-") {
        "copy the whole line again from the `.pub` file: `rsa-sha2-*` is no key type"
    } else {
        "copy the whole line again from the `.pub` file: the type and the base64 text are of two keys"
    };
    let shown = |name: &str| if is_shown(name) { quoted(name) } else { "something else".to_owned() };
    RULE.finding(format!("the key is called {} but encodes {}", quoted(written), shown(encoded)))
        .label(written_at, format!("{} is written here", quoted(written)))
        .label(encoded_at, format!("{} is encoded here", shown(encoded)))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn names_both() {
        let finding = finding("ssh-rsa", "ssh-ed25519", AT, AT);
        assert_eq!(finding.summary, "the key is called `ssh-rsa` but encodes `ssh-ed25519`");
        assert_eq!(finding.labels.len(), 2);
    }

    #[test]
    fn quotes_with_care() {
        assert!(finding("ssh-rsa", "\0", AT, AT).summary.contains("`\\u{0}`"));
    }
}
