//! Appending the next entry, against others who do the same.

use std::time::Duration;

use super::apply_context::ApplyContext;
use super::clock::Clock;
use super::log::State;
use super::record_error::{RecordError, TRIES};
use super::store::StateStore;
use super::writer::Writer;

/// Reads the state and lets this be done with it, again as long as another process was faster: then it says nothing.
pub(super) fn until_first<T>(
    store: &dyn StateStore,
    clock: &dyn Clock,
    attempt: impl Fn(&State<'_>) -> Result<Option<T>, RecordError>,
) -> Result<T, RecordError> {
    for lost in 0..TRIES {
        pause_after(lost, clock);
        if let Some(done) = attempt(&State::open(store)?)? {
            return Ok(done);
        }
    }
    Err(RecordError::Crowded)
}

/// As [`until_first`], with a state that is founded: it is founded here where `check` says nothing against it.
pub(super) fn until_first_founded<T>(
    writer: &Writer<'_>,
    (workspace, context): (Option<&String>, &ApplyContext),
    check: impl Fn(&State<'_>) -> Result<(), RecordError>,
    attempt: impl Fn(&State<'_>) -> Result<Option<T>, RecordError>,
) -> Result<T, RecordError> {
    until_first(writer.store, writer.clock, |state| {
        check(state)?;
        if state.is_founded {
            return attempt(state);
        }
        writer.found(workspace, context)?.map_or(Ok(None), |founded| attempt(&founded))
    })
}

/// Waits before a race that was lost so often is run again: longer each time, and a quarter of a second at most.
fn pause_after(lost: u32, clock: &dyn Clock) {
    if lost > 0 {
        clock.pause(Duration::from_millis(u64::from(lost.min(50)) * 5));
    }
}
