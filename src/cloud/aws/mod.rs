//! AWS: credentials from the sources that its own tools know, and Signature Version 4.

mod chain;
mod container;
mod credentials;
mod environment;
mod found;
mod instance;
mod partition;
mod profile;
mod profile_file;
mod program;
mod region;
mod secret_key;
mod sender;
mod sigv4;
#[cfg(test)]
mod tests;
mod web_identity;

pub use chain::CredentialChain;
pub use credentials::Credentials;
pub use partition::domain;
pub use region::region;
pub use secret_key::SecretKey;
pub use sigv4::{Scope, sign};
