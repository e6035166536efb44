//! The size of an RSA key.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// The size of an RSA key.
pub static RULE: Rule = Rule {
    name: "rsa-size",
    severity: Severity::Error,
    fixed: false,
    summary: "an RSA key that is too short, too long, or of an odd size",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds RSA keys of less than 2048 or more than 16384 bits. Below 3072 bits, from 8192 on, or a number that is
not a multiple of 8 is a warning. Bits are counted exactly.

### Why
Below 2048 bits a modulus can be factored, or will soon be; sshd itself refuses less than 1024. OpenSSL
refuses more than 16384. NIST SP 800-57 gives 2048 bits until 2030, and asks for 3072 after. A size that is
not a multiple of 8 is what a damaged key has.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ... ops   # 1024 bits
```

### Remedy
Make a new key: `ssh-keygen -t ed25519`, or `ssh-keygen -t rsa -b 3072` where the cloud takes RSA only.
",
};

/// Sizes that sshd can use, and that are proven: below, sshd refuses; above, OpenSSL does.
pub const USABLE: std::ops::RangeInclusive<usize> = 1024..=16384;

/// Judges the number of bits of a modulus.
#[must_use]
pub fn check(bits: usize, exponent_bits: usize, at: &Location) -> Option<Finding> {
    let finding = |what: &str, label: &str| {
        RULE.finding(format!("an RSA key of {bits} bits is {what}"))
            .label(at.clone(), label)
            .help("make a new key: `ssh-keygen -t ed25519`, or with `-t rsa -b 4096`")
    };
    Some(if bits < *USABLE.start() && exponent_bits > bits {
        finding("too short", "modulus and exponent seem to be swapped")
    } else if bits < 2048 {
        finding("too short", "less than 2048 bits can be factored")
    } else if bits > *USABLE.end() {
        finding("too long", "more than 16384 bits are refused by OpenSSL")
    } else if !bits.is_multiple_of(8) {
        finding("of an unusual size", "no key generator makes this size").as_warning()
    } else if bits < 3072 {
        finding("short", "less than 3072 bits will not do after 2030").as_warning()
    } else if bits >= 8192 {
        finding("long", "8192 bits and more slow logins for nothing").as_warning()
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Severity;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    fn severity(bits: usize) -> Option<Severity> {
        check(bits, 17, &AT).map(|finding| finding.severity)
    }

    #[test]
    fn is_silent_from_3072_bits_on() {
        for bits in [3072, 4096, 7680, 8184] {
            assert_eq!(severity(bits), None);
        }
    }

    #[test]
    fn knows_the_limits() {
        for bits in [2048, 2049, 3071, 3073, 8192, 8193, 16384] {
            assert_eq!(severity(bits), Some(Severity::Warning));
        }
        for bits in [0, 17, 1024, 2047, 16385] {
            assert_eq!(severity(bits), Some(Severity::Error));
        }
        assert!(check(17, 2048, &AT).unwrap().labels[0].text.contains("swapped"));
    }
}
