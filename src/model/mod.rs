//! The words of keyplan as types: names, addresses, public keys and resources. No I/O, ever, and
//! nothing of ours is imported.

pub mod base64;
mod fingerprint;
mod key_type;
mod origin;
mod public_key;
pub mod wire;

pub use fingerprint::{Fingerprint, FingerprintError};
pub use key_type::KeyType;
pub use origin::Origin;
pub use public_key::{NotCanonical, PublicKey, bits_of};
