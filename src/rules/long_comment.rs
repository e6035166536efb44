//! A key comment of more than 128 characters.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::PublicKey;

/// A key comment of more than 128 characters.
pub static RULE: Rule = Rule {
    name: "long-comment",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key comment of more than 128 characters",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds public keys with a comment of more than 128 characters.

### Why
A comment says whose key it is. A long one is usually something that was pasted by mistake, and hides the
rest of the line from a reader of the change.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops, who asked for this on Monday because ...
```

### Remedy
Keep `user@host`, and write the rest to `metadata.description`.
",
};

/// How many characters a comment has without a remark.
const LONGEST: usize = 128;

/// Judges the comment of a key.
#[must_use]
pub fn check(key: &PublicKey, at: Location) -> Option<Finding> {
    let characters = key.comment().chars().count();
    (characters > LONGEST).then(|| {
        RULE.finding(format!("a key comment of {characters} characters"))
            .label(at, format!("more than {LONGEST} are hard to read"))
            .help("keep `user@host`, and write the rest to `metadata.description`")
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Location;
    use crate::openssh::PublicKey;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    fn key(comment: &str) -> PublicKey {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
        PublicKey::from_line(&format!("{line} {comment}")).unwrap()
    }

    #[test]
    fn counts_characters_not_bytes() {
        assert!(check(&key(&"ß".repeat(128)), AT).is_none());
        assert_eq!(check(&key(&"ß".repeat(129)), AT).unwrap().summary, "a key comment of 129 characters");
    }
}
