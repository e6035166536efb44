//! A fake of S3: one bucket, whose every request has to be signed, and in which things go wrong on demand. It answers
//! within this process, for laws, and on a free port of this machine, for the binary.

mod bucket;
mod fault;
mod message;
mod server;
mod signature;
mod transport;

pub(crate) use bucket::{Bucket, ObjectMap};
pub(crate) use fault::{Effect, Fault};
pub(crate) use message::{Answers, Heard, Said, decoded, http_date};
pub(crate) use server::Server;
pub(crate) use transport::{InProcess, NetworkClock, Trusted, store};

/// The one key that is taken.
pub(crate) const ACCESS_KEY: &str = "AKIAFAKEFAKEFAKEFAKE";
pub(crate) const SECRET_KEY: &str = "c2VjcmV0LW9mLXRoZS1mYWtlLXMz";
/// The name of the bucket, and what the objects of the state begin with.
pub(crate) const BUCKET: &str = "acme-access";
pub(crate) const PREFIX: &str = "keyplan";
pub(crate) const REGION: &str = "eu-central-1";
