//! What OpenSSH defines: key types, the wire format, fingerprints, public keys, and lines of `authorized_keys` with
//! their options and patterns. The grammar does no I/O; `client` runs the program `ssh`.

mod authorized_line;
pub mod base64;
pub mod client;
mod fingerprint;
mod from_pattern;
mod host;
mod key_options;
mod key_type;
mod line_parts;
mod needs;
mod permit;
mod public_key;
mod version;
pub mod wire;
mod within;

pub use authorized_line::AuthorizedLine;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use from_pattern::{FromPattern, FromPatternError, Source};
pub use host::is_host;
pub use key_options::{
    KeyOptions, MAX_OPTIONS, MAX_TUNNEL, OptionText, OptionTextError, Permission, SharedOptions, VariableName,
};
pub use key_type::KeyType;
pub use line_parts::LineParts;
pub use needs::{Need, Needed, needs};
pub use permit::{Permit, PermitError};
pub use public_key::{NotCanonical, PublicKey, bits_of};
pub use version::OpenSshVersion;
