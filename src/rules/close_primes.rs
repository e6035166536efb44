//! An RSA key whose two primes are close to each other.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// An RSA key whose two primes are close to each other.
pub static RULE: Rule = Rule {
    name: "close-primes",
    severity: Severity::Error,
    fixed: true,
    summary: "an RSA key whose primes are found at once",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds RSA keys whose modulus falls apart within 100 rounds of Fermat's method: its two primes are so close
to each other that they lie beside its square root.

### Why
A generator that takes the next prime behind the first one, or few random bits for the second, makes such
keys; printers and other devices have done so (CVE-2022-26320). Anyone factors them in less than a second.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ... ops   # q is the first prime behind p
```

### Remedy
Make a new key with `ssh-keygen -t ed25519`, and look at what made this one: all of its keys may be like
this.
",
};

/// The finding for such a key.
#[must_use]
pub fn finding(at: Location) -> Finding {
    RULE.finding("the two primes of this RSA key are close to each other")
        .label(at, "Fermat's method finds them at once")
        .detail("anyone can compute the private key from the public one")
        .help("make a new key: `ssh-keygen -t ed25519`, and look at what made this one")
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn says_that_the_private_key_is_open() {
        assert!(finding(Location::File(FileId(0))).detail.unwrap().contains("private key"));
    }
}
