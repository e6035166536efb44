//! Creating a name for sure, whatever becomes of the answers of a store.

use super::StateStore;
use super::error::{StoreError, StoreErrorKind};
use super::retry::retried;
use crate::state::clock::Clock;

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
    retried(clock, || {
        let answer = store.create(name, bytes);
        if answer == Ok(true) {
            return Ok(true);
        }
        match (store.get(name), answer) {
            (Ok(Some(kept)), _) => Ok(kept == bytes),
            (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
            (Ok(None), Ok(_)) => {
                let words = "the store says that the name is taken, and has nothing under it";
                Err(StoreError::new(StoreErrorKind::Ambiguous, words))
            }
        }
    })
}
