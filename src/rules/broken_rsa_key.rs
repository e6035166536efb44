//! An RSA modulus that no key generator makes.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// An RSA modulus that no key generator makes.
pub static RULE: Rule = Rule {
    name: "broken-rsa-key",
    severity: Severity::Error,
    fixed: true,
    summary: "an RSA modulus that is easily factored",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds RSA keys whose modulus is even, is a power of another number, or has a prime factor up to 65537.

### Why
An RSA modulus is the product of two large primes. Any other either was damaged on its way, so that nobody
can log in, or can be factored, so that everybody can.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ... ops   # one character was mistyped
```

### Remedy
Copy the line again from the `.pub` file, or print it: `ssh-keygen -y -f PRIVATE_KEY_FILE`. If it was like
this from the beginning, make a new key, and look at what made this one.
",
};

/// What is wrong with a modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenModulus {
    Even,
    Factor(u32),
    /// It is another number to this power.
    Power(u32),
}

/// Whether a modulus, in big-endian bytes, is even.
#[must_use]
pub fn is_even(modulus: &[u8]) -> bool {
    modulus.last().is_none_or(|last| last % 2 == 0)
}

/// The finding for such a modulus.
#[must_use]
pub fn finding(broken: BrokenModulus, at: Location) -> Finding {
    let label = match broken {
        BrokenModulus::Even => "this modulus is even".to_owned(),
        BrokenModulus::Factor(factor) => format!("{factor} divides this modulus"),
        BrokenModulus::Power(power) => format!("this modulus is another number to the power of {power}"),
    };
    RULE.finding("the modulus of the RSA key is not the product of two large primes")
        .label(at, label)
        .detail("the key was damaged on its way, or anyone can factor it")
        .help(
            "copy the line again from the `.pub` file; if that is the same, \
             make a new key: `ssh-keygen -t ed25519`",
        )
}

#[cfg(test)]
mod tests {
    use super::{BrokenModulus, finding, is_even};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_silent_on_odd_numbers() {
        assert!(!is_even(&[2, 3]));
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(is_even(&[3, 2]));
        assert_eq!(finding(BrokenModulus::Factor(7), AT).labels[0].text, "7 divides this modulus");
        assert!(finding(BrokenModulus::Power(3), AT).labels[0].text.contains('3'));
        assert!(finding(BrokenModulus::Even, AT).labels[0].text.contains("even"));
    }
}
