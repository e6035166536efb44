//! A state in S3: the laws of every store over a fake that checks each signature, and the binary beside it.

mod binary;
pub(crate) mod fake;
mod laws;
mod moto;
mod s3rver;
