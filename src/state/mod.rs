//! What was applied: a log of revisions in a store, never one file that a crash can tear.
//!
//! The only write that decides anything is the put of the next entry of the log under a name that is
//! still free. The objects that an entry names are kept before it. So a reader sees the old state or the
//! new one, and of two writers one wins.

pub mod compare;
mod current;
pub mod entry;
mod history;
pub mod lease;
mod log;
mod now;
pub mod plan_v1;
mod record;
mod record_error;
mod renames;
pub mod store;
pub mod v1;
mod verify;
mod writer;

pub use current::is_current;
pub use entry::Digest;
pub use history::{History, PastKey};
pub use log::{Head, State, StateError};
pub use now::Now;
pub use record::{mark, record};
pub use record_error::RecordError;
pub use renames::name_as_at;
pub use verify::{Verified, verify};
