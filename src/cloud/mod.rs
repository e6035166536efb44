//! Requests to AWS, Google and Azure in the name of whoever runs keyplan: credentials, from the sources that the tools of
//! each cloud know, and signatures.

mod access_token;
pub mod aws;
pub mod azure;
pub mod google;
mod issuers;
mod machine;
mod no_credentials;
mod source;
#[cfg(test)]
pub(crate) mod testing;

pub use access_token::AccessToken;
pub use issuers::Issuers;
pub use machine::{Machine, Printed};
pub use no_credentials::NoCredentials;
