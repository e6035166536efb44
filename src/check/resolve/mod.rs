//! Declarations into resources: names become references, texts become values, and what is wrong with
//! either is reported at its place. Past this point there is no raw name and no key string.

mod access_test;
pub mod blocklist;
pub mod budget;
mod cluster;
mod day;
mod equivalents;
pub mod files_directory;
mod key_fields;
mod key_line;
mod known_keys;
mod modulus;
mod names;
mod options;
mod owners;
mod palette;
pub mod proof;
pub mod public_key;
mod resolver;
mod ssh_key;
mod toy_points;
pub mod unknown;
mod weak_modulus;
pub mod workspace;

pub use names::Names;
pub use resolver::{Collected, PublicKeyFile, PublicKeyFiles, Resolved, Resolver, key_file};
