//! An RSA exponent that is not 65537.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::bits_of;

/// An RSA exponent that is not 65537.
pub static RULE: Rule = Rule {
    name: "rsa-exponent",
    severity: Severity::Error,
    fixed: false,
    summary: "an RSA exponent that is not 65537",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds RSA keys with a public exponent that is even, below 3, above 2^32 or not below the modulus. An odd
exponent that is sound but not 65537 is a warning.

### Why
No private key belongs to an even exponent, so that nobody can log in; an exponent as large as the modulus
is what a swapped or damaged key has, and some servers refuse to compute with it. Exponents such as 3, 17 or
35 come from very old tools; 65537 is what every tool has made for twenty years (FIPS 186-5 asks for one
above 2^16).

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA... ops   # e = 35
```

### Remedy
Make a new key: `ssh-keygen -t ed25519`, or `ssh-keygen -t rsa -b 3072`.
",
};

/// Judges an exponent by its modulus, both big-endian magnitudes. The exponent 1 is a skeleton key's, and not
/// found here.
#[must_use]
pub fn check(exponent: &[u8], modulus: &[u8], at: Location) -> Option<Finding> {
    let value = exponent.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let is_small = bits_of(exponent) <= 32 || (bits_of(exponent) == 33 && value == 1 << 32);
    let is_even = exponent.last().is_none_or(|last| last % 2 == 0);
    let is_below = (exponent.len(), exponent) < (modulus.len(), modulus);
    let fault = if is_small && value == 1 {
        return None;
    } else if is_even {
        "is even: no private key belongs to it".to_owned()
    } else if !is_below {
        format!("has {} bits, and is not below the modulus", bits_of(exponent))
    } else if !is_small {
        format!("has {} bits, and is above 2^32", bits_of(exponent))
    } else if value == 65537 {
        return None;
    } else {
        let finding = finding(
            format!("the RSA exponent is {value}, not 65537"),
            at,
            "today's tools make keys with 65537",
        );
        return Some(finding.as_warning());
    };
    Some(finding(format!("the RSA exponent {fault}"), at, "no key generator makes this exponent"))
}

fn finding(summary: String, at: Location, label: &str) -> Finding {
    RULE.finding(summary).label(at, label).help("make a new key: `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Severity;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    fn severity(exponent: &[u8]) -> Option<Severity> {
        check(exponent, &[0x80; 256], AT).map(|finding| finding.severity)
    }

    #[test]
    fn is_silent_on_65537() {
        assert_eq!(severity(&[1, 0, 1]), None);
        assert_eq!(severity(&[1]), None, "this is for the rule on skeleton keys");
    }

    #[test]
    fn warns_of_other_odd_exponents() {
        for exponent in [&[3][..], &[17], &[35], &[0xff; 4]] {
            assert_eq!(severity(exponent), Some(Severity::Warning));
        }
    }

    #[test]
    fn refuses_what_cannot_be() {
        for exponent in [&[2][..], &[1, 0, 0], &[0xff; 5], &[0x81; 256], &[1; 257]] {
            assert_eq!(severity(exponent), Some(Severity::Error));
        }
    }
}
