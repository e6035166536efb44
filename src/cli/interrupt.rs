//! Ctrl-C: before there is work to finish it ends keyplan at once; after that, the first one finishes what
//! is in flight, and the second one stops.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use jiff::Timestamp;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::Failure;
use super::exit_code::ExitCode;
use super::progress::{draw, so_far};
use crate::apply::{Control, Wish};
use crate::render::diagnostics::plural;
use crate::state::lease::Clock;

/// What the user wants, as far as signals tell.
#[derive(Debug)]
pub(super) struct Signals {
    wants_end: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on. The next signal ends keyplan, as one that was declined.
    pub(super) fn listen() -> Result<Self, Failure> {
        let wants_end = Arc::new(AtomicBool::new(true));
        for signal in [SIGINT, SIGTERM] {
            let stopped = i32::from(ExitCode::Declined.number());
            // In this order: the second signal finds the flag that the first one has set.
            signal_hook::flag::register_conditional_shutdown(signal, stopped, Arc::clone(&wants_end))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&wants_end)))
                .map_err(Failure::io("cannot listen to signals"))?;
        }
        Ok(Self { wants_end })
    }

    /// From now on there is something to finish: only the second signal ends keyplan.
    pub(super) fn work_begins(&self) {
        self.wants_end.store(false, Ordering::Relaxed);
    }
}

impl Control for Signals {
    fn wish(&self) -> Wish {
        if self.wants_end.load(Ordering::Relaxed) { Wish::Finish } else { Wish::GoOn }
    }

    fn progress(&self, done: usize, of: usize, nodes: usize) {
        let visited = if nodes > 0 { format!(", {} visited", plural(nodes, "node")) } else { String::new() };
        show_progress(&format!("applying{visited}"), done, of);
    }
}

/// On a terminal, one line that is overwritten, and gone at the end.
pub(super) fn show_progress(doing: &str, done: usize, of: usize) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        draw(&mut err, &if done < of { so_far(doing, done, of) } else { String::new() });
    }
}

/// The clock of this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the clock is read by `cli`")]
    fn now(&self) -> Timestamp {
        Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
