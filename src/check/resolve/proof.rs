//! The costly proofs that a key is not one that anyone can use: torsion-freeness of Ed25519 points, factors, powers
//! and primality of RSA moduli, and private halves that are published or can be guessed. Made once for each key,
//! and kept by fingerprint in [`proofs`](crate::check::proofs), whose version changes whenever something changes here.

use super::equivalents::equivalents;
use super::modulus::Modulus;
use super::toy_points::toy;
use super::weak_modulus::{has_close_factors, has_roca_mark};
use crate::diagnostics::{Finding, Location, Severity};
use crate::openssh::wire::Fields;
use crate::openssh::{PublicKey, bits_of};
use crate::rules::broken_rsa_key::{self, BrokenModulus};
use crate::rules::skeleton_key::{self, Skeleton};
use crate::rules::{close_primes, invalid_point, published_key, roca_key, rsa_size, toy_key};

/// Proves a key that was read without an error of a fixed rule. Whether it passed: nothing was found.
///
/// RSA keys of a size that sshd refuses by itself open nothing, and pass without a proof.
pub fn prove(key: &PublicKey, at: &Location, findings: &mut Vec<Finding>) -> bool {
    let finding = known_private_half(key, at).or_else(|| match key.fields() {
        Some(
            Fields::Ed25519 { point } | Fields::SkEd25519 { point, .. } | Fields::MlDsa44Ed25519 { point },
        ) => prove_edwards(key, point, at),
        Some(Fields::Rsa { modulus, .. }) => prove_modulus(modulus, at),
        Some(Fields::Dsa { .. } | Fields::Ecdsa { .. } | Fields::SkEcdsa { .. }) | None => None,
    });
    let Some(finding) = finding else { return true };
    // A key that has to be replaced anyway gets no remark on its size.
    findings.retain(|other| {
        let is_remark = other.rule == &rsa_size::RULE && other.severity == Severity::Warning;
        !(is_remark && other.labels.first().is_some_and(|label| lies_in(&label.at, at)))
    });
    findings.push(finding);
    false
}

/// Finds a key whose private half is published, or can be guessed.
fn known_private_half(key: &PublicKey, at: &Location) -> Option<Finding> {
    let published = equivalents(key).iter().find_map(published_key::published);
    published
        .map(|published| published_key::finding(published, at.clone()))
        .or_else(|| toy(key).map(|toy| toy_key::finding(toy, at.clone())))
}

fn prove_edwards(key: &PublicKey, bytes: &[u8; 32], at: &Location) -> Option<Finding> {
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

fn prove_modulus(bytes: &[u8], at: &Location) -> Option<Finding> {
    if !rsa_size::USABLE.contains(&bits_of(bytes)) {
        return None;
    }
    let broken = |broken| Some(broken_rsa_key::finding(broken, at.clone()));
    let Some(modulus) = Modulus::new(bytes) else { return broken(BrokenModulus::Even) };
    if let Some(factor) = modulus.small_factor() {
        broken(BrokenModulus::Factor(factor))
    } else if let Some(power) = modulus.power() {
        broken(BrokenModulus::Power(power))
    } else if has_roca_mark(modulus.number()) {
        Some(roca_key::finding(at.clone()))
    } else if has_close_factors(modulus.number()) {
        Some(close_primes::finding(at.clone()))
    } else if modulus.is_probably_prime() {
        Some(skeleton_key::finding(Skeleton::PrimeModulus, at.clone()))
    } else {
        None
    }
}

/// Whether one place is within the other.
fn lies_in(inner: &Location, outer: &Location) -> bool {
    match (inner, outer) {
        (Location::Bytes(inner), Location::Bytes(outer)) => {
            inner.file == outer.file && inner.span.overlaps(outer.span)
        }
        (Location::Within(origin, route, _), Location::Value(other, of) | Location::Within(other, of, _)) => {
            origin == other && route == of
        }
        _ => inner == outer,
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::scalar::Scalar;
    use num_bigint::BigUint;

    use super::prove;
    use crate::check::proofs::PROOF_VERSION;
    use crate::diagnostics::Location;
    use crate::openssh::PublicKey;
    use crate::openssh::wire::{encode, integer};
    use crate::rules::published_key;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    fn key(strings: &[&[u8]]) -> PublicKey {
        PublicKey::new(encode(strings), "").unwrap()
    }

    fn rules(key: &PublicKey) -> Vec<&'static str> {
        let mut findings = Vec::new();
        let passed = prove(key, &AT, &mut findings);
        assert_eq!(passed, findings.is_empty());
        findings.iter().map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn is_silent_on_an_honest_point() {
        let point = (ED25519_BASEPOINT_POINT * Scalar::from_bytes_mod_order([7; 32])).compress();
        assert!(rules(&key(&[b"ssh-ed25519", point.as_bytes()])).is_empty());
        assert!(rules(&key(&[b"sk-ssh-ed25519@openssh.com", point.as_bytes(), b"ssh:"])).is_empty());
    }

    /// Keys that were proven by an older table have not been looked up in this one.
    #[test]
    fn a_change_of_the_published_keys_is_a_change_of_the_proofs() {
        let digest = blake3::hash(published_key::TABLE.as_bytes()).to_hex();
        let both = (PROOF_VERSION, &digest[..16]);
        assert_eq!(both, (2, "257007c59305f15d"), "raise PROOF_VERSION, and write both here");
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

    fn rsa(modulus: &BigUint) -> PublicKey {
        key(&[b"ssh-rsa", &[1, 0, 1], &integer(&modulus.to_bytes_be())])
    }

    #[test]
    fn finds_a_private_half_that_anyone_can_guess() {
        let point = ED25519_BASEPOINT_POINT.compress();
        assert_eq!(rules(&key(&[b"ssh-ed25519", point.as_bytes()])), ["toy-key"]);
        assert_eq!(rules(&key(&[b"sk-ssh-ed25519@openssh.com", point.as_bytes(), b"ssh:"])), ["toy-key"]);
    }

    /// Moduli that are made here, of numbers without small factors.
    #[test]
    fn finds_primes_that_can_be_found() {
        // 2^521 - 1 and 2^607 - 1 are primes.
        let [one, other] = [521_u32, 607].map(|bits| (BigUint::from(1_u8) << bits) - 1_u8);
        assert!(rules(&rsa(&(&one * &other))).is_empty());
        let near = (1_u32..9999).map(|apart| &one + 2 * apart).find(is_rough).unwrap();
        assert_eq!(rules(&rsa(&(&one * near))), ["close-primes"]);
        // Of the form of CVE-2017-15361: powers of 65537 modulo the product of many small primes.
        let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
        let product: BigUint = (2_u32..).filter(is_prime).take(80).map(BigUint::from).product();
        let prime = |k: u32, power: u32| {
            let rest = BigUint::from(65537_u32).modpow(&power.into(), &product);
            (k..k + 9999).map(|k| BigUint::from(k) * &product + &rest).find(is_rough).unwrap()
        };
        assert_eq!(rules(&rsa(&(prime(1 << 30, 1234) * prime(1 << 31, 4321)))), ["roca-key"]);
    }

    fn is_rough(number: &BigUint) -> bool {
        (2_u32..=65537).all(|divisor| number % divisor != BigUint::ZERO)
    }

    #[test]
    fn finds_a_power_and_a_prime() {
        // 2^1279 - 1 is a prime.
        let prime = (BigUint::from(1_u8) << 1279_u32) - 1_u8;
        let rsa = |modulus: &BigUint| rules(&rsa(modulus));
        assert_eq!(rsa(&prime), ["skeleton-key"]);
        assert_eq!(rsa(&prime.pow(2)), ["broken-rsa-key"]);
        assert_eq!(rsa(&(&prime * 65537_u32)), ["broken-rsa-key"]);
    }
}
