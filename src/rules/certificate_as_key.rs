//! A certificate where a public key should be.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// A certificate where a public key should be.
pub static RULE: Rule = Rule {
    name: "certificate-as-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a certificate where a public key should be",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds OpenSSH certificates, `...-cert-v01@openssh.com`, in place of a public key; also a certificate under
the name of a plain key, and a plain key under the name of a certificate.

### Why
A certificate says who signed a key and until when. In `authorized_keys` it does not stand for a key: sshd
trusts the key of the authority (`TrustedUserCAKeys`, or `cert-authority`), never a single certificate.

### Example
```yaml
spec:
  publicKey: ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQt... ops
```

### Remedy
Write the content of the `.pub` file; that of the `-cert.pub` file is the certificate.
",
};

/// Whether a name, in the text or in the encoded key, is that of a certificate.
#[must_use]
pub fn is_certificate(name: &str) -> bool {
    name.contains("-cert-v01@openssh.com") || name.contains("-cert-v00@openssh.com")
}

/// The finding for a certificate: by name, by content, or both.
#[must_use]
pub fn finding(by_name: bool, by_content: Option<bool>, at: Location) -> Finding {
    let (summary, label) = match (by_name, by_content) {
        (true, Some(false)) => {
            ("a plain key under the name of a certificate", "this says certificate, the key does not")
        }
        (false, _) => ("a certificate under the name of a plain key", "this encodes a certificate"),
        (true, _) => ("a certificate in place of a public key", "this is the type of a certificate"),
    };
    RULE.finding(summary)
        .label(at, label)
        .help("write the content of the `.pub` file, not of the `-cert.pub` file")
}

#[cfg(test)]
mod tests {
    use super::{finding, is_certificate};
    use crate::diagnostics::Location;
    use crate::openssh::KeyType;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_silent_on_keys() {
        assert!(!KeyType::ALL.into_iter().any(|key_type| is_certificate(key_type.name())));
    }

    #[test]
    fn tells_three_cases_apart() {
        assert!(is_certificate("ssh-ed25519-cert-v01@openssh.com"));
        assert!(finding(true, Some(true), AT).summary.starts_with("a certificate in place"));
        assert!(finding(true, Some(false), AT).summary.starts_with("a plain key"));
        assert!(finding(false, Some(true), AT).summary.starts_with("a certificate under"));
    }
}
