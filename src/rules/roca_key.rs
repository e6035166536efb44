//! An RSA key of a chip that makes keys which can be factored: CVE-2017-15361.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// An RSA key of a chip that makes keys which can be factored: CVE-2017-15361.
pub static RULE: Rule = Rule {
    name: "roca-key",
    severity: Severity::Error,
    fixed: true,
    summary: "an RSA key from a chip whose keys can be factored",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds RSA keys with the mark of CVE-2017-15361, called ROCA: modulo each prime from 3 to 167 the modulus
is a power of 65537. Of other keys one in 2^28 has it.

### Why
The library of Infineon that many smart cards, tokens and TPMs made their keys with before 2018 takes
primes of one form only. A modulus of 2048 bits that is made of them can be factored for some thousand
dollars, one of 1024 bits for less than a hundred: M. Nemec and others, The Return of Coppersmith's
Attack, 2017.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ... ops   # made on a YubiKey 4 with firmware 4.3.4
```

### Remedy
Make a new key outside of the chip, or on one that is not affected, and take this one away everywhere.
Where the chip is a TPM, update its firmware first.
",
};

/// The finding for such a key.
#[must_use]
pub fn finding(at: Location) -> Finding {
    RULE.finding("this RSA key was made by a chip whose keys can be factored")
        .label(at, "its modulus has the mark of CVE-2017-15361 (ROCA)")
        .detail("anyone with some thousand dollars of computing time has the private key")
        .help("make a new key on another device, or with `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn names_the_fault_as_others_do() {
        assert!(finding(Location::File(FileId(0))).labels[0].text.contains("CVE-2017-15361"));
    }
}
