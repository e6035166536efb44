//! The words of keyplan as types: names, addresses, public keys and resources. No I/O, ever, and
//! nothing of ours is imported.

mod origin;

pub use origin::Origin;
