//! Requests to AWS, Google and Azure in the name of whoever runs keyplan: credentials, from the sources that the tools of
//! each cloud know, and signatures.

mod machine;
mod no_credentials;

pub use machine::{Machine, Printed};
pub use no_credentials::NoCredentials;
