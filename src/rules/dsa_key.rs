//! A DSA key.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

pub static RULE: Rule = Rule {
    name: "dsa-key",
    severity: Severity::Error,
    fixed: false,
    summary: "a DSA key",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys of the type `ssh-dss`.

### Why
DSA keys have 1024 bits and sign with SHA-1. OpenSSH has not accepted them by default since 7.0 of 2015, and
10.0 of 2025 no longer knows them at all: on a current node the key opens nothing.

### Example
```yaml
spec:
  publicKey: ssh-dss AAAAB3NzaC1kc3MAAACBA... ops
```

### Remedy
Make a new key: `ssh-keygen -t ed25519`.
",
};

/// The finding for a DSA key of so many bits.
#[must_use]
pub fn finding(bits: usize, at: Location) -> Finding {
    RULE.finding(format!("a DSA key, of {bits} bits"))
        .label(at, "OpenSSH has not trusted this type since 7.0")
        .help("make a new key: `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Severity;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_an_error_that_can_be_moved() {
        assert_eq!(finding(1024, AT).severity, Severity::Error);
        assert!(!super::RULE.fixed);
    }

    #[test]
    fn names_the_size() {
        assert_eq!(finding(1024, AT).summary, "a DSA key, of 1024 bits");
    }
}
