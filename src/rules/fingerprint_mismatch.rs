//! The declared fingerprint is not the key's.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::{Fingerprint, PublicKey};

/// The declared fingerprint is not the key's.
pub static RULE: Rule = Rule {
    name: "fingerprint-mismatch",
    severity: Severity::Error,
    fixed: true,
    summary: "`fingerprint` is not the key's",
    check: Check::Value,
    fixes: &[],
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
pub fn check(declared: Fingerprint, key: &PublicKey, at: Location, key_at: Location) -> Option<Finding> {
    let actual = *key.fingerprint();
    (declared != actual).then(|| {
        RULE.finding("the declared fingerprint is not the key's")
            .label(at, "this belongs to another key")
            .label(key_at, "this key has another fingerprint")
            .help(format!("ask the owner; if the key is right, write\n`fingerprint: {actual}`"))
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Location;
    use crate::openssh::{Fingerprint, PublicKey};
    use crate::source::{FileId, SourceSpan, Span};

    #[test]
    fn speaks_when_they_differ_and_not_otherwise() {
        let at = Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(0, 1) });
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
        let key = PublicKey::from_line(line).unwrap();
        assert!(check(*key.fingerprint(), &key, at.clone(), at.clone()).is_none());
        let finding = check(Fingerprint::of(b"another"), &key, at.clone(), at).unwrap();
        assert!(finding.help.unwrap().contains(&key.fingerprint().to_string()));
    }
}
