//! Calls of a store that are made again when their error may pass.

use std::time::Duration;

use super::error::StoreError;
use super::{Listed, StateStore};
use crate::state::clock::Clock;

/// How often a call is made before its error is told.
const TRIES: u32 = 5;

/// The pause before the second try; each further one is longer by as much.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes a call until it succeeds, its error will not pass, or it was made [`TRIES`] times.
pub(super) fn retried<T>(
    clock: &dyn Clock,
    call: impl Fn() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut tries = 1;
    loop {
        match call() {
            Err(error) if error.may_be_retried() && tries < TRIES => clock.pause(PAUSE * tries),
            ended => return ended,
        }
        tries += 1;
    }
}

/// A store whose reads are retried. A write is not: whether it was done, its writer has to see.
pub struct RetryingStore<'a, S> {
    inner: S,
    clock: &'a dyn Clock,
}

impl<'a, S: StateStore> RetryingStore<'a, S> {
    pub const fn new(inner: S, clock: &'a dyn Clock) -> Self {
        Self { inner, clock }
    }
}

impl<S: StateStore> StateStore for RetryingStore<'_, S> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        retried(self.clock, || self.inner.get(name))
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        retried(self.clock, || self.inner.list(folder, after))
    }

    fn list_some(&self, folder: &str, after: &str) -> Result<Listed, StoreError> {
        retried(self.clock, || self.inner.list_some(folder, after))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.inner.create(name, bytes)
    }

    fn inner(&self) -> Option<&dyn StateStore> {
        Some(&self.inner)
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}
