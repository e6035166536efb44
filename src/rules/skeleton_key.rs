//! A public key that lets anyone in, without a private key.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// A public key that lets anyone in, without a private key.
pub static RULE: Rule = Rule {
    name: "skeleton-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a public key that lets anyone in",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds public keys for which everybody can make valid signatures: Ed25519 points of small or mixed order,
also within FIDO keys, RSA keys with the exponent 1, and RSA keys whose modulus is a prime.

### Why
sshd and `ssh-keygen` accept them like any other key, and nobody who reads the change can tell. With such a
key on a cluster, whoever knows of it logs in.

On Ed25519 a point of small order drops out of the equation that verifies a signature. With the exponent 1 a
signature is the padded message itself. With a prime modulus the private exponent follows from the public
key: the inverse of e modulo n - 1.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAA... ops   # the neutral element
```

### Remedy
Do not apply it, and ask who proposed it. An honest key generator does not make such a key. Make a new key
with `ssh-keygen -t ed25519`, and look for this one on your nodes.
",
};

/// How a key lets anyone in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skeleton {
    /// An Ed25519 point of order 1, 2, 4 or 8.
    SmallOrder,
    /// An Ed25519 point with a part of small order.
    MixedOrder,
    /// RSA with e = 1.
    ExponentOne,
    PrimeModulus,
}

/// Whether a point, written in whatever way, has small order. It takes microseconds.
#[must_use]
pub fn is_small_order(point: &EdwardsPoint) -> bool {
    point.is_small_order()
}

/// Whether a point has a part of small order: the costly proof, of tens of microseconds.
///
/// Of a point P without one, L P is nothing, where L is the order of the base point: (L - 1) P is -P. That
/// product is made in a time that depends on L alone, which may be known, as P may.
#[must_use]
pub fn is_mixed_order(point: &EdwardsPoint) -> bool {
    let order_less_one = -Scalar::ONE;
    EdwardsPoint::vartime_double_scalar_mul_basepoint(&order_less_one, point, &Scalar::ZERO) != -point
}

/// The finding for such a key.
#[must_use]
pub fn finding(skeleton: Skeleton, at: Location) -> Finding {
    let (label, detail) = match skeleton {
        Skeleton::SmallOrder => (
            "this Ed25519 point has small order",
            "a point of order 1, 2, 4 or 8 drops out of the equation that verifies a signature",
        ),
        Skeleton::MixedOrder => (
            "this Ed25519 point is not in the prime-order subgroup",
            "it has a part of small order, which no private key gives",
        ),
        Skeleton::ExponentOne => {
            ("the exponent of this RSA key is 1", "with e = 1 a signature is the padded message itself")
        }
        Skeleton::PrimeModulus => (
            "the modulus of this RSA key is a prime",
            "with a prime modulus everybody can compute the private key from the public one",
        ),
    };
    RULE.finding("this key lets anyone in, without a private key")
        .label(at, label)
        .detail(detail)
        .help("do not apply it, and ask who proposed it; make a new key: `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::{Skeleton, finding, is_mixed_order, is_small_order};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_silent_on_honest_points() {
        let honest = ED25519_BASEPOINT_POINT + ED25519_BASEPOINT_POINT;
        assert!(!is_small_order(&honest) && !is_mixed_order(&honest));
    }

    #[test]
    fn finds_every_point_of_small_or_mixed_order() {
        for (number, torsion) in EIGHT_TORSION.into_iter().enumerate() {
            assert!(is_small_order(&torsion));
            let mixed = ED25519_BASEPOINT_POINT + torsion;
            assert!(!is_small_order(&mixed));
            assert_eq!(is_mixed_order(&mixed), number > 0);
            assert_eq!(is_mixed_order(&mixed), !mixed.is_torsion_free());
        }
    }

    #[test]
    fn says_how_it_lets_anyone_in() {
        assert!(finding(Skeleton::ExponentOne, AT).labels[0].text.contains("is 1"));
        assert!(finding(Skeleton::PrimeModulus, AT).detail.unwrap().contains("prime"));
    }
}
