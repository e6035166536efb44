//! An RSA key so large that it was not proven.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// An RSA key so large that it was not proven.
pub static RULE: Rule = Rule {
    name: "unproven-key",
    severity: Severity::Error,
    fixed: true,
    summary: "an RSA key that there was no time to prove",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds RSA keys of more than 4096 bits, from the ninth of 16384 bits on, or the sixty-fifth of 8192: no
more are proven in one run.

### Why
Whether a modulus is the product of two primes takes some hundredths of a second for 4096 bits, and a
second for 16384. A change that somebody proposes could bring thousands of such keys, and stop every check
behind it. A key that is not proven is not accepted: it may let anyone in.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAIAQ... ops   # 16384 bits, and a hundred more like it
```

### Remedy
Use keys of 4096 bits, or of another type: `ssh-keygen -t ed25519`. No login is safer for more. Or run
`keyplan validate` again where its cache is kept: what was proven is not proven again, and the next ones
have their turn.
",
};

/// The finding for a key of so many bits.
#[must_use]
pub fn finding(bits: usize, at: Location) -> Finding {
    RULE.finding(format!("this RSA key of {bits} bits was not proven: there are too many as large"))
        .label(at, "it may let anyone in")
        .help("make a smaller key, `ssh-keygen -t ed25519`, or run `keyplan validate` again to prove more of them")
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn says_how_large_it_is() {
        assert!(finding(16384, Location::File(FileId(0))).summary.contains("16384 bits"));
    }
}
