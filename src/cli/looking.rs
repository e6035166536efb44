//! Nodes that are looked at, as far as that is told and can be ended.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::interrupt::{Signals, show_progress};
use crate::apply::{ApplyMonitor, Cancellation};
use crate::targets::Progress;

/// Ctrl-C ends the looking; what is known by then is told.
pub(super) struct Looking<'a> {
    signals: &'a Signals,
    done: AtomicUsize,
    of: usize,
}

impl<'a> Looking<'a> {
    /// At so many nodes.
    pub(super) const fn at(nodes: usize, signals: &'a Signals) -> Self {
        Self { signals, done: AtomicUsize::new(0), of: nodes }
    }
}

impl Progress for Looking<'_> {
    fn go_on(&self) -> Result<(), String> {
        match self.signals.cancellation() {
            Cancellation::Continue => Ok(()),
            Cancellation::Finish => Err("interrupted".into()),
        }
    }

    fn done(&self) {}

    fn node_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        show_progress("looking at nodes", done, self.of);
    }
}
