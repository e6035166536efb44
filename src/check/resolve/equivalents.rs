//! The other keys that the holder of a private key can use as well.

use crate::openssh::wire::{Fields, encode, integer};
use crate::openssh::{Fingerprint, KeyType, PublicKey};

/// Exponents that key generators have used.
const EXPONENTS: [&[u8]; 7] = [&[3], &[5], &[17], &[23], &[35], &[37], &[1, 0, 1]];

/// The fingerprints of the key itself, of the key within a FIDO key, of its negative, and of the RSA keys that
/// have its modulus.
pub(super) fn equivalents(key: &PublicKey) -> Vec<Fingerprint> {
    let mut blobs = Vec::new();
    match key.fields() {
        Some(
            Fields::Ed25519 { point } | Fields::SkEd25519 { point, .. } | Fields::MlDsa44Ed25519 { point },
        ) => {
            let mut negative = *point;
            negative[31] ^= 0x80;
            let name = KeyType::Ed25519.name().as_bytes();
            blobs.extend([point, &negative].map(|point| encode(&[name, point])));
        }
        Some(Fields::Ecdsa { point } | Fields::SkEcdsa { point, .. }) => {
            let key_type = match key.key_type() {
                KeyType::SkEcdsaP256 => KeyType::EcdsaP256,
                plain => plain,
            };
            let curve = key_type.curve().map_or("", |(curve, _)| curve);
            let with = |point: &[u8]| encode(&[key_type.name().as_bytes(), curve.as_bytes(), point]);
            blobs.push(with(point));
            blobs.extend(negative(key_type, point).map(|point| with(&point)));
        }
        Some(Fields::Rsa { modulus, .. }) => {
            let (name, modulus) = (KeyType::Rsa.name().as_bytes(), integer(modulus));
            blobs.extend(EXPONENTS.map(|exponent| encode(&[name, exponent, &modulus])));
        }
        Some(Fields::Dsa { .. }) | None => {}
    }
    std::iter::once(*key.fingerprint()).chain(blobs.iter().map(|blob| Fingerprint::of(blob))).collect()
}

/// The negative of an uncompressed point of a NIST curve, in the same form.
fn negative(key_type: KeyType, point: &[u8]) -> Option<Vec<u8>> {
    macro_rules! negative {
        ($curve:ident) => {{
            let negative = -*$curve::PublicKey::from_sec1_bytes(point).ok()?.as_affine();
            Some($curve::EncodedPoint::from(negative).as_bytes().to_vec())
        }};
    }
    match key_type {
        KeyType::EcdsaP384 => negative!(p384),
        KeyType::EcdsaP521 => negative!(p521),
        _ => negative!(p256),
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;

    use super::{EXPONENTS, equivalents};
    use crate::openssh::PublicKey;
    use crate::openssh::wire::{encode, integer};

    fn key(strings: &[&[u8]]) -> PublicKey {
        PublicKey::new(encode(strings), "").unwrap()
    }

    /// Every one of these is found by the fingerprint of every plain one.
    fn all_are_one(plain: &[PublicKey], all: &[PublicKey]) {
        for key in all {
            let found = equivalents(key);
            assert!(plain.iter().all(|plain| found.contains(plain.fingerprint())), "{key:?}");
        }
    }

    #[test]
    fn a_key_its_negative_and_the_same_on_a_token_are_one() {
        let point = ED25519_BASEPOINT_POINT + ED25519_BASEPOINT_POINT;
        let points = [point, -point].map(|point| point.compress());
        let plain = points.map(|point| key(&[b"ssh-ed25519", point.as_bytes()]));
        let sk = points.map(|point| key(&[b"sk-ssh-ed25519@openssh.com", point.as_bytes(), b"ssh:x"]));
        all_are_one(&plain, &[&plain[..], &sk].concat());
    }

    #[test]
    fn on_the_nist_curves_too() {
        macro_rules! check {
            ($curve:ident, $name:literal) => {{
                let point = $curve::ProjectivePoint::GENERATOR + $curve::ProjectivePoint::GENERATOR;
                let points = [point, -point].map(|point| $curve::EncodedPoint::from(point.to_affine()));
                let name = concat!("ecdsa-sha2-", $name).as_bytes();
                let plain = points.map(|point| key(&[name, $name.as_bytes(), point.as_bytes()]));
                assert_ne!(plain[0], plain[1]);
                all_are_one(&plain, &plain);
                (points, plain)
            }};
        }
        check!(p384, "nistp384");
        check!(p521, "nistp521");
        let (points, plain) = check!(p256, "nistp256");
        let name = b"sk-ecdsa-sha2-nistp256@openssh.com";
        let sk = points.map(|point| key(&[name, b"nistp256", point.as_bytes(), b"ssh:"]));
        all_are_one(&plain, &sk);
    }

    #[test]
    fn an_rsa_key_is_known_by_its_modulus() {
        let modulus = integer(&[0xc3; 256]);
        let keys = EXPONENTS.map(|exponent| key(&[b"ssh-rsa", exponent, &modulus]));
        all_are_one(&keys, &keys);
        all_are_one(&keys, &[key(&[b"ssh-rsa", &[1, 0, 3], &modulus])]);
    }
}
