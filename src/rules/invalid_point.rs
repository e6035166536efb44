//! A point that is not on its curve.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::KeyType;

/// A point that is not on its curve.
pub static RULE: Rule = Rule {
    name: "invalid-point",
    severity: Severity::Error,
    fixed: true,
    summary: "a point that is not on its curve, or not written in the one way",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds ECDSA keys whose point is not on the NIST curve, is infinite, or is written in the compressed or
hybrid form; and Ed25519 keys whose 32 bytes are no point, or not the one way to write it.

### Why
No key pair has such a public key: a character was mistyped or lost, or somebody tries what a program does
with it. OpenSSH takes points of ECDSA in the uncompressed form only (RFC 5656, section 3.1). Ed25519 is
defined in RFC 8032, section 5.1.3.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAIA... ops   # y = 2 is not on the curve
```

### Remedy
Copy the line again from the `.pub` file, or print it: `ssh-keygen -y -f PRIVATE_KEY_FILE`.
",
};

/// The Ed25519 point of these bytes, which may be a non-canonical way to write it.
#[must_use]
pub fn edwards(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(*bytes).decompress()
}

/// What is wrong with the bytes of an Ed25519 point, which is what [`edwards`] has found them to be.
#[must_use]
pub fn check_edwards(bytes: &[u8; 32], point: Option<&EdwardsPoint>) -> Option<&'static str> {
    match point {
        None => Some("no point of the curve has these bytes"),
        Some(point) if point.compress().0 != *bytes => Some("no tool writes the point like this"),
        Some(_) => None,
    }
}

/// What is wrong with a point on the NIST curve of a key type.
#[must_use]
pub fn check_nist(key_type: KeyType, point: &[u8]) -> Option<&'static str> {
    let is_on_curve = match (point.first(), key_type) {
        (Some(0), _) => return Some("this is the point at infinity"),
        (Some(2 | 3), _) => return Some("OpenSSH takes no compressed points"),
        (Some(6 | 7), _) => {
            return Some("OpenSSH takes no points in the hybrid form");
        }
        (Some(4), KeyType::EcdsaP384) => p384::PublicKey::from_sec1_bytes(point).is_ok(),
        (Some(4), KeyType::EcdsaP521) => p521::PublicKey::from_sec1_bytes(point).is_ok(),
        (Some(4), _) => p256::PublicKey::from_sec1_bytes(point).is_ok(),
        _ => return Some("no form of a point begins with this byte"),
    };
    (!is_on_curve).then_some("this point is not on the curve")
}

#[must_use]
pub fn finding(key_type: KeyType, fault: &str, at: Location) -> Finding {
    RULE.finding(format!("the {key_type} key is no valid point of its curve"))
        .label(at, fault)
        .detail("the key was damaged on its way, or never was one")
        .help("copy the line again from the `.pub` file, or print it:\n`ssh-keygen -y -f PRIVATE_KEY_FILE`")
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED;
    use p256::elliptic_curve::sec1::ToEncodedPoint;

    use super::{check_nist, edwards};
    use crate::openssh::KeyType;

    fn check_edwards(bytes: &[u8; 32]) -> Option<&'static str> {
        super::check_edwards(bytes, edwards(bytes).as_ref())
    }

    #[test]
    fn is_silent_on_points() {
        assert_eq!(check_edwards(&ED25519_BASEPOINT_COMPRESSED.0), None);
        let point = p256::AffinePoint::GENERATOR.to_encoded_point(false);
        assert_eq!(check_nist(KeyType::EcdsaP256, point.as_bytes()), None);
    }

    #[test]
    fn finds_what_is_no_point() {
        let mut two = [0; 32];
        two[0] = 2;
        assert!(check_edwards(&two).unwrap().contains("no point"));
        let mut above = [0xff; 32];
        (above[0], above[31]) = (0xf0, 0x7f);
        assert!(check_edwards(&above).unwrap().contains("no tool writes"));
        for (key_type, width) in
            [(KeyType::EcdsaP256, 32), (KeyType::EcdsaP384, 48), (KeyType::EcdsaP521, 66)]
        {
            let mut point = vec![0; 1 + 2 * width];
            for (first, expected) in
                [(0, "infinity"), (2, "compressed"), (7, "hybrid"), (4, "not on"), (9, "no form")]
            {
                point[0] = first;
                assert!(check_nist(key_type, &point).unwrap().contains(expected));
            }
        }
    }
}
