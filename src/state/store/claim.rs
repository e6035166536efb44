//! Creating a name for sure, whatever becomes of the answers of a store.

use std::time::Duration;

use super::StateStore;
use super::error::{StoreError, StoreErrorKind};
use crate::state::clock::Clock;

/// How often a call is made before its error is told.
const TRIES: u32 = 5;

/// The pause before the second try; each further one is longer by as much.
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps bytes under a name that is free. Whether they are there: not when others hold the name.
///
/// An answer may be lost, and a store may then say that a name is taken because it is taken by these very
/// bytes. An entry of the log has a nonce, so that equal bytes mean the same writer, and that a try may be repeated.
pub(crate) fn claim(
    store: &dyn StateStore,
    name: &str,
    bytes: &[u8],
    clock: &dyn Clock,
) -> Result<bool, StoreError> {
    let mut tries = 1;
    loop {
        let answer = store.create(name, bytes);
        if answer == Ok(true) {
            return Ok(true);
        }
        let error = match (store.get(name), answer) {
            (Ok(Some(kept)), _) => return Ok(kept == bytes),
            (_, Err(error)) | (Err(error), Ok(_)) => error,
            (Ok(None), Ok(_)) => {
                let words = "the store says that the name is taken, and has nothing under it";
                StoreError { kind: StoreErrorKind::Ambiguous, words: words.into() }
            }
        };
        if !error.may_be_retried() || tries == TRIES {
            return Err(error);
        }
        clock.pause(PAUSE * tries);
        tries += 1;
    }
}
