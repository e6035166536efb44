//! The declared fingerprint is not the key's.

use crate::diagnostics::{Finding, LocatedText, Rule, Severity, Where};
use crate::model::{Fingerprint, PublicKey};

/// The declared fingerprint is not the key's.
pub static RULE: Rule = Rule {
    name: "fingerprint-mismatch",
    severity: Severity::Error,
    fixed: true,
    summary: "`fingerprint` is not the key's",
    docs: "\
### What it does
Finds keys whose `spec.fingerprint` is not the SHA-256 fingerprint of their public key, or is no such
fingerprint.

### Why
Some characters of a public key can be mistyped, or swapped by somebody, without the key looking wrong. The
fingerprint is written down to notice this: one of the two is not what was meant.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops
  fingerprint: SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU   # of another key
```

### Remedy
Ask the owner of the key for `ssh-keygen -l -f FILE`, and correct whichever of the two is wrong.
",
};

/// Compares the declared fingerprint with the key's.
#[must_use]
pub fn check(declared: &LocatedText<'_>, key: &PublicKey, key_at: Where) -> Option<Finding> {
    let actual = key.fingerprint();
    let finding = match declared.text().trim().parse::<Fingerprint>() {
        Ok(fingerprint) if fingerprint == *actual => return None,
        Ok(_) => RULE
            .finding("the declared fingerprint is not the key's")
            .label(declared.whole(), "this is of another key")
            .label(key_at, format!("and this key has `{actual}`")),
        Err(error) => RULE
            .finding("not a SHA-256 fingerprint")
            .label(declared.whole(), error.to_string())
            .label(key_at, format!("this key has `{actual}`")),
    };
    Some(
        finding.help(format!("ask the owner of the key; if the key is right, write `fingerprint: {actual}`")),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::{LocatedText, Where};
    use crate::model::PublicKey;
    use crate::source::{FileId, Place, Span};

    fn place(start: u32, end: u32) -> Where {
        Where::Bytes(Place { file: FileId(0), span: Span::new(start, end) })
    }

    fn text(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, place(0, 1000))
    }

    fn said(declared: &str) -> Option<String> {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
        let key = PublicKey::from_line(line).unwrap();
        let declared = declared.replace("KEY", &key.fingerprint().to_string());
        check(&text(&declared), &key, place(5, 6)).map(|finding| finding.summary)
    }

    #[test]
    fn is_silent_when_they_agree() {
        assert_eq!(said("KEY"), None);
    }

    #[test]
    fn finds_another_and_none() {
        let other = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        assert_eq!(said(other).unwrap(), "the declared fingerprint is not the key's");
        assert_eq!(said("MD5:00").unwrap(), "not a SHA-256 fingerprint");
    }
}
