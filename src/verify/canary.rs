//! A key that nobody has. A node that accepts it accepts anybody's.

use std::io;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

use crate::openssh::PublicKey;

/// A new random key. Its private half is forgotten before this returns.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn canary() -> io::Result<PublicKey> {
    const TYPE: &[u8] = b"ssh-ed25519";
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let point = EdwardsPoint::mul_base(&Scalar::from_bytes_mod_order(random)).compress();
    let mut blob = Vec::new();
    for field in [TYPE, point.as_bytes()] {
        blob.extend(u32::try_from(field.len()).unwrap_or_default().to_be_bytes());
        blob.extend(field);
    }
    PublicKey::new(blob, "").map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::canary;

    #[test]
    fn each_is_another_key() {
        let (one, other) = (canary().unwrap(), canary().unwrap());
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert!(one.line().starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"), "{}", one.line());
    }
}
