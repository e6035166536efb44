//! What was applied: a log of revisions in a store, never one file that a crash can tear.
//!
//! The only write that decides anything is the put of the next entry of the log under a name that is
//! still free. The objects that an entry names are kept before it. So a reader sees the old state or the
//! new one, and of two writers one wins.

mod apply_context;
mod attempts;
mod clock;
mod copy;
pub mod entry;
mod history;
pub mod lease;
mod listing;
mod liveness;
mod log;
mod names;
pub mod plan_v1;
mod probe;
mod reader;
mod record;
mod record_error;
mod release;
mod renames;
mod revision_log;
mod stale;
mod state_error;
pub mod store;
mod tracked;
pub mod v1;
mod verify;
mod writer;

pub use apply_context::ApplyContext;
pub use clock::Clock;
pub use copy::{Copied, CopyError, copy};
pub use entry::{Digest, Head};
pub use history::{History, PastKey};
pub use log::State;
pub use record::{adopt, mark, record};
pub use record_error::RecordError;
pub use release::{Releasable, releasable, release};
pub use renames::name_as_at;
pub use revision_log::{LoggedRevision, RevisionLog};
pub use stale::{is_current, is_for};
pub use state_error::StateError;
pub use tracked::LoggedChange;
pub use verify::{Verified, verify};
