//! The costly proofs that a key is not one that anyone can use: torsion-freeness of Ed25519 points, and small
//! factors, powers and primality of RSA moduli. Made once for each key, and kept by
//! fingerprint in [`proofs`](crate::proofs), whose version changes whenever something changes here.

use super::modulus::Modulus;
use crate::diagnostics::{Finding, Severity, Where};
use crate::model::wire::Fields;
use crate::model::{PublicKey, bits_of};
use crate::rules::broken_rsa_key::{self, BrokenModulus};
use crate::rules::skeleton_key::{self, Skeleton};
use crate::rules::{invalid_point, rsa_size};

/// Proves a key that was read without an error of a fixed rule. Whether it passed: nothing was found.
///
/// RSA keys of a size that sshd refuses by itself open nothing, and pass without a proof.
pub fn prove(key: &PublicKey, at: &Where, findings: &mut Vec<Finding>) -> bool {
    let finding = match key.fields() {
        Some(
            Fields::Ed25519 { point } | Fields::SkEd25519 { point, .. } | Fields::MlDsa44Ed25519 { point },
        ) => prove_edwards(key, point, at),
        Some(Fields::Rsa { modulus, .. }) => prove_modulus(modulus, at),
        Some(Fields::Dsa { .. } | Fields::Ecdsa { .. } | Fields::SkEcdsa { .. }) | None => None,
    };
    let Some(finding) = finding else { return true };
    // A key that has to be replaced anyway gets no remark on its size.
    findings.retain(|other| {
        let is_remark = other.rule == &rsa_size::RULE && other.severity == Severity::Warning;
        !(is_remark && other.labels.first().is_some_and(|label| lies_in(&label.at, at)))
    });
    findings.push(finding);
    false
}

fn prove_edwards(key: &PublicKey, bytes: &[u8; 32], at: &Where) -> Option<Finding> {
    let Some(point) = invalid_point::edwards(bytes) else {
        return Some(invalid_point::finding(
            key.key_type(),
            "no point on the curve has these bytes",
            at.clone(),
        ));
    };
    if skeleton_key::is_small_order(&point) {
        Some(skeleton_key::finding(Skeleton::SmallOrder, at.clone()))
    } else if skeleton_key::is_mixed_order(&point) {
        Some(skeleton_key::finding(Skeleton::MixedOrder, at.clone()))
    } else {
        None
    }
}

fn prove_modulus(bytes: &[u8], at: &Where) -> Option<Finding> {
    if !rsa_size::USABLE.contains(&bits_of(bytes)) {
        return None;
    }
    let broken = |broken| Some(broken_rsa_key::finding(broken, at.clone()));
    let Some(modulus) = Modulus::new(bytes) else { return broken(BrokenModulus::Even) };
    if let Some(factor) = modulus.small_factor() {
        broken(BrokenModulus::Factor(factor))
    } else if let Some(power) = modulus.power() {
        broken(BrokenModulus::Power(power))
    } else if modulus.is_probably_prime() {
        Some(skeleton_key::finding(Skeleton::PrimeModulus, at.clone()))
    } else {
        None
    }
}

/// Whether one place is within the other.
fn lies_in(inner: &Where, outer: &Where) -> bool {
    match (inner, outer) {
        (Where::Bytes(inner), Where::Bytes(outer)) => {
            inner.file == outer.file && inner.span.overlaps(outer.span)
        }
        (Where::Within(origin, route, _), Where::Value(other, of) | Where::Within(other, of, _)) => {
            origin == other && route == of
        }
        _ => inner == outer,
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::prove;
    use crate::diagnostics::Where;
    use crate::model::PublicKey;
    use crate::source::FileId;

    const AT: Where = Where::File(FileId(0));

    fn key(strings: &[&[u8]]) -> PublicKey {
        let mut blob = Vec::new();
        for string in strings {
            blob.extend(u32::try_from(string.len()).unwrap().to_be_bytes());
            blob.extend(*string);
        }
        PublicKey::new(blob, "").unwrap()
    }

    fn rules(key: &PublicKey) -> Vec<&'static str> {
        let mut findings = Vec::new();
        let passed = prove(key, &AT, &mut findings);
        assert_eq!(passed, findings.is_empty());
        findings.iter().map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn is_silent_on_an_honest_point() {
        let point = ED25519_BASEPOINT_POINT.compress();
        assert!(rules(&key(&[b"ssh-ed25519", point.as_bytes()])).is_empty());
        assert!(rules(&key(&[b"sk-ssh-ed25519@openssh.com", point.as_bytes(), b"ssh:"])).is_empty());
    }

    #[test]
    fn finds_points_of_mixed_order() {
        for torsion in &EIGHT_TORSION[1..] {
            let point = (ED25519_BASEPOINT_POINT + torsion).compress();
            assert_eq!(rules(&key(&[b"ssh-ed25519", point.as_bytes()])), ["skeleton-key"]);
            let sk = key(&[b"sk-ssh-ed25519@openssh.com", point.as_bytes(), b"ssh:"]);
            assert_eq!(rules(&sk), ["skeleton-key"]);
        }
    }

    #[test]
    fn finds_a_power_and_a_prime() {
        // 2^1279 - 1 is a prime.
        let prime = (num_bigint::BigUint::from(1_u8) << 1279_u32) - 1_u8;
        let rsa = |modulus: &num_bigint::BigUint| {
            let mut bytes = modulus.to_bytes_be();
            if bytes[0] >= 0x80 {
                bytes.insert(0, 0);
            }
            rules(&key(&[b"ssh-rsa", &[1, 0, 1], &bytes]))
        };
        assert_eq!(rsa(&prime), ["skeleton-key"]);
        assert_eq!(rsa(&prime.pow(2)), ["broken-rsa-key"]);
        assert_eq!(rsa(&(&prime * 65537_u32)), ["broken-rsa-key"]);
    }
}
