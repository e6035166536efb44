//! The name of a signature algorithm in place of a key type.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// The name of a signature algorithm in place of a key type.
pub static RULE: Rule = Rule {
    name: "signature-algorithm",
    severity: Severity::Error,
    fixed: true,
    summary: "the name of a signature algorithm in place of a key type",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds `rsa-sha2-256`, `rsa-sha2-512`, `webauthn-sk-ecdsa-sha2-nistp256@openssh.com` and their kind as a key
type.

### Why
RFC 8332 gives RSA keys new signature algorithms, not a new key type: the key itself is still `ssh-rsa`.
sshd drops a line that begins with the name of an algorithm.

### Example
```yaml
spec:
  publicKey: rsa-sha2-512 AAAAB3NzaC1yc2EAAAADAQABAAABgQ... ops
```

### Remedy
Write the name of the key type, as it stands in the `.pub` file: `ssh-rsa`, or
`sk-ecdsa-sha2-nistp256@openssh.com`.
",
};

/// The key type whose signatures this algorithm makes.
#[must_use]
pub fn key_type_of(name: &str) -> Option<&'static str> {
    match name {
        "webauthn-sk-ssh-ed25519@openssh.com" => Some("sk-ssh-ed25519@openssh.com"),
        _ if name.starts_with("rsa-sha2-") => Some("ssh-rsa"),
        _ if name.starts_with("webauthn-sk-") => Some("sk-ecdsa-sha2-nistp256@openssh.com"),
        _ => None,
    }
}

/// The finding for an algorithm in place of this key type.
#[must_use]
pub fn finding(name: &str, key_type: &str, at: Location) -> Finding {
    RULE.finding(format!("{} is a signature algorithm, not a key type", quoted(name)))
        .label(at, "sshd drops such a line")
        .help(format!("did you mean `{key_type}`?"))
}

#[cfg(test)]
mod tests {
    use super::{finding, key_type_of};
    use crate::diagnostics::Location;
    use crate::openssh::KeyType;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_silent_on_key_types() {
        for key_type in KeyType::ALL {
            assert_eq!(key_type_of(key_type.name()), None);
        }
    }

    #[test]
    fn names_a_key_type_for_each() {
        for name in ["rsa-sha2-256", "rsa-sha2-512", "webauthn-sk-ssh-ed25519@openssh.com", "webauthn-sk-x"] {
            assert!(KeyType::parse(key_type_of(name).unwrap()).is_some());
        }
        assert_eq!(finding("rsa-sha2-256", "ssh-rsa", AT).help.unwrap(), "did you mean `ssh-rsa`?");
    }
}
