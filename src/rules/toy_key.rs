//! A public key whose private half anyone can count up to.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// A public key whose private half anyone can count up to.
pub static RULE: Rule = Rule {
    name: "toy-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a key whose private half anyone can guess",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys whose private half is a number up to 1000, or that many less than the order of the curve;
Ed25519 keys that are made from 32 equal bytes or from the bytes 0, 1, 2 and so on; and the keys that RFCs
print as examples (RFC 8032; RFC 4754, 6979, 7515, 7517 and 9500). FIDO keys are looked into as well.

### Why
Such keys come out of tests, examples and broken generators of random numbers. Whoever tries the same
numbers has the private key.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop ops   # 32 zeros
```

### Remedy
Make a key with `ssh-keygen -t ed25519`, and look at what made this one: all of its keys may be like this.
",
};

/// How the private half of a key can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toy {
    /// The private half is a small number, or the order less such a number.
    SmallNumber,
    /// It is made from bytes that count, or that are all the same.
    PlainSeed,
    /// An RFC prints it.
    Example,
}

/// The finding for such a key.
#[must_use]
pub fn finding(toy: Toy, at: Location) -> Finding {
    let label = match toy {
        Toy::SmallNumber => "the private half is a number up to 1000",
        Toy::PlainSeed => "it is made from bytes that count up, or are all the same",
        Toy::Example => "an RFC prints the private half as an example",
    };
    RULE.finding("anyone can guess the private half of this key")
        .label(at, label)
        .detail("such a key comes out of a test, an example or a broken generator of random numbers")
        .help("make a new key: `ssh-keygen -t ed25519`, and look at what made this one")
}

#[cfg(test)]
mod tests {
    use super::{Toy, finding};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn says_how_it_can_be_guessed() {
        let label = |toy| finding(toy, Location::File(FileId(0))).labels[0].text.clone();
        assert!(label(Toy::SmallNumber).contains("1000"));
        assert!(label(Toy::PlainSeed).contains("bytes"));
        assert!(label(Toy::Example).contains("RFC"));
    }
}
