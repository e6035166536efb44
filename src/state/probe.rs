//! Whether a store lets one writer win, tried out before a state is founded there: all else rests on it, and servers that
//! speak the protocol of a cloud do not all keep its promise.

use std::sync::Barrier;

use super::clock::Clock;
use super::record_error::RecordError;
use super::store::StateStore;
use super::store::claim::claim;

/// How many write at a time, and how often: a race that is lost once in ten times is found all but always.
const WRITERS: usize = 8;
const ROUNDS: usize = 3;

/// Lets several write under one name, one after the other and at once. The names have a random text, and stay: nothing
/// is ever deleted.
///
/// # Errors
/// When another number of them than one has won, or the store cannot be written to.
pub(super) fn probe(store: &dyn StateStore, nonce: &str, clock: &dyn Clock) -> Result<(), RecordError> {
    let write = |name: &str, writer: usize| {
        let bytes = format!("{{\"writer\":{writer}}}\n");
        claim(store, name, bytes.as_bytes(), clock).map_err(|source| {
            let object = format!("{}/{name}", store.place());
            RecordError::Unwritable { object, source }
        })
    };
    let name = format!("probe/{nonce}-0.json");
    let one_by_one = [write(&name, 0)?, write(&name, 1)?];
    let mut is_sound = one_by_one == [true, false];
    for round in 1..=ROUNDS {
        let name = format!("probe/{nonce}-{round}.json");
        let all_at_work = Barrier::new(WRITERS);
        let won = std::thread::scope(|scope| {
            let race = |writer| {
                let (name, write, all_at_work) = (&name, &write, &all_at_work);
                scope.spawn(move || {
                    all_at_work.wait();
                    write(name, writer)
                })
            };
            let writers: Vec<_> = (0..WRITERS).map(race).collect();
            let join = |writer: std::thread::ScopedJoinHandle<'_, _>| {
                writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            writers.into_iter().map(join).collect::<Result<Vec<bool>, RecordError>>()
        })?;
        is_sound &= won.iter().filter(|has_won| **has_won).count() == 1;
    }
    if is_sound { Ok(()) } else { Err(RecordError::Untrusted { place: store.place() }) }
}
