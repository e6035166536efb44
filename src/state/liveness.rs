//! Whether the holder of a lease is still at work.
//!
//! A lease is a folder of small objects: its holder adds one, under the next number, a few times in each of its
//! terms. Its time is that of the store, where the store tells one. The clocks of two machines may differ by any amount, so
//! that the time in it is only a hint: in the near future, it says that the holder is alive. Otherwise another process watches the lease for one
//! term by its monotonic clock. A holder that has not renewed for a term by its own monotonic clock touches
//! nothing more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::entry::OpenApply;
use super::log::State;
use super::reader::Reader;
use super::record_error::RecordError;
use super::state_error::StateError;
use super::store::StateStore;

/// How long a lease holds without being renewed.
pub const LEASE: Duration = Duration::from_mins(1);

/// The longest term that is heeded, and so the longest wait.
const LONGEST_TERM: Duration = Duration::from_mins(10);

/// How often a lease is looked at while it is watched.
const LOOK: Duration = Duration::from_secs(2);

/// A renewal of a lease as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaseFile {
    pub(super) holder: String,
    /// Until when it holds, by the clock of the store, or of its holder where the store tells none.
    pub(super) until: Timestamp,
    /// How long it holds without being renewed.
    pub(super) term_seconds: u64,
    /// How often it was renewed.
    pub(super) renewal: u64,
}

/// How it is with an apply that began and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Its holder is at work, and holds it until then if nothing more is heard.
    Alive(Timestamp),
    /// Its holder is gone.
    Gone,
}

/// Where the renewals of a lease are: each has a number, and the last one counts.
fn folder_of(token: &str) -> String {
    format!("leases/{token}")
}

/// The name of a renewal.
pub(super) fn renewal_name(token: &str, number: u64) -> String {
    format!("{}/{number:08}.json", folder_of(token))
}

/// Whether anything is there of a lease.
pub(super) fn has_lease(reader: &Reader<'_>, token: &str) -> Result<bool, StateError> {
    reader.names(&folder_of(token), "").map(|renewals| !renewals.is_empty())
}

/// A lease that is watched.
struct Watched {
    folder: String,
    /// The last renewal that was seen; empty where there is none.
    seen: String,
    term: Duration,
    life: Option<Life>,
}

/// How it is with these applies. Waits for up to a term, and says so, where a lease does not tell by itself.
pub(super) fn lives(
    store: &dyn StateStore,
    applies: &[&OpenApply],
    clock: &dyn Clock,
) -> Result<Vec<Life>, RecordError> {
    let reader = Reader { store };
    let start = clock.monotonic();
    let mut leases = Vec::with_capacity(applies.len());
    for apply in applies {
        let folder = folder_of(&apply.token);
        let seen = reader.names(&folder, "")?.pop().unwrap_or_default();
        let bytes = if seen.is_empty() { None } else { reader.get(&format!("{folder}/{seen}"))? };
        // One that is missing or damaged is watched like one that has run out.
        let lease = bytes.and_then(|bytes| serde_json::from_slice::<LeaseFile>(&bytes).ok());
        let term = lease.as_ref().map_or(LEASE, |lease| Duration::from_secs(lease.term_seconds));
        let term = term.min(LONGEST_TERM);
        let life = lease
            .map(|lease| lease.until)
            .filter(|until| is_near(*until, term, store.now(clock)))
            .map(Life::Alive);
        leases.push(Watched { folder, seen, term, life });
    }
    for (apply, lease) in applies.iter().zip(&leases).filter(|(_, lease)| lease.life.is_none()) {
        let seconds = lease.term.as_secs();
        if seconds > 0 {
            clock.notice(&format!(
                "the apply of {} that began with revision {} has not ended; waiting for up to {seconds} seconds to \
                 see whether it is still at work",
                apply.holder, apply.begin
            ));
        }
    }
    loop {
        let elapsed = clock.monotonic().saturating_sub(start);
        let mut wait = LOOK;
        let mut is_waiting = false;
        for lease in leases.iter_mut().filter(|lease| lease.life.is_none()) {
            if elapsed >= lease.term {
                lease.life = Some(Life::Gone);
            } else {
                is_waiting = true;
                wait = wait.min(lease.term.saturating_sub(elapsed));
            }
        }
        if !is_waiting {
            return Ok(leases.into_iter().map(|lease| lease.life.unwrap_or(Life::Gone)).collect());
        }
        clock.pause(wait);
        for lease in leases.iter_mut().filter(|lease| lease.life.is_none()) {
            if !reader.names(&lease.folder, &lease.seen)?.is_empty() {
                lease.life = Some(Life::Alive(after(store.now(clock), lease.term)));
            }
        }
    }
}

/// Whether a time is in the near future: a lease that was just renewed by a clock much like this one.
fn is_near(until: Timestamp, term: Duration, now: Timestamp) -> bool {
    now < until && until <= after(now, term * 2)
}

pub(super) fn after(time: Timestamp, wait: Duration) -> Timestamp {
    time.saturating_add(SignedDuration::try_from(wait).unwrap_or_default()).unwrap_or(Timestamp::MAX)
}

/// The applies of a state that began and have not ended.
pub(super) fn open_applies<'a>(state: &'a State<'_>) -> impl Iterator<Item = &'a OpenApply> {
    state.head.iter().flat_map(|head| &head.entry.open_applies)
}
