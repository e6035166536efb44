//! Ctrl-C: before there is work to finish it ends keyplan at once; after that, the first one finishes what
//! is in flight, and the second one stops.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::progress::{draw, so_far};
use crate::apply::{ApplyMonitor, Cancellation};
use crate::diagnostics::visible;
use crate::process::end_all;
use crate::report::view::plural;
use crate::state::Clock;

/// Signals that ask keyplan to end.
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];
/// How keyplan ends where they are obeyed at once.
const STOPPED: i32 = ExitCode::Declined.number() as i32;

/// What the user wants, as far as signals tell.
#[derive(Debug)]
pub(super) struct Signals {
    wants_end: Arc<AtomicBool>,
    works: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on. The next signal ends keyplan, as one that was declined.
    pub(super) fn listen() -> Result<Self, Failure> {
        let signals = Self { wants_end: Arc::default(), works: Arc::default() };
        signals.handle().map_err(Failure::io("cannot listen to signals"))?;
        Ok(signals)
    }

    /// From now on there is something to finish: only the second signal ends keyplan.
    pub(super) fn work_begins(&self) {
        #[cfg(not(unix))]
        self.wants_end.store(false, Ordering::Relaxed);
        self.works.store(true, Ordering::SeqCst);
    }

    /// Ends keyplan at the next signal as long as there is no work, and else at the second one, and says so: whoever
    /// is asked for a `yes` waits for an answer as well.
    #[cfg(unix)]
    fn handle(&self) -> io::Result<()> {
        let (mut signalled, handler) = std::os::unix::net::UnixStream::pair()?;
        for signal in SIGNALS {
            signal_hook::low_level::pipe::register(signal, handler.try_clone()?)?;
        }
        let (wants_end, works) = (Arc::clone(&self.wants_end), Arc::clone(&self.works));
        std::thread::spawn(move || {
            // The handlers keep the other end for as long as the process lives.
            while signalled.read_exact(&mut [0]).is_ok() {
                let why = match (works.load(Ordering::SeqCst), wants_end.swap(true, Ordering::SeqCst)) {
                    (true, false) => continue,
                    (true, true) => "interrupted twice; nothing was waited for any more",
                    (false, _) => "interrupted; nothing was applied",
                };
                let _ended = end_all();
                // Behind the question, or the line that tells of progress.
                let _ = writeln!(io::stderr(), "\nerror: {why}");
                signal_hook::low_level::exit(STOPPED);
            }
        });
        Ok(())
    }

    #[cfg(not(unix))]
    fn handle(&self) -> io::Result<()> {
        for signal in SIGNALS {
            // In this order: the second signal finds the flag that the first one has set.
            signal_hook::flag::register_conditional_shutdown(signal, STOPPED, Arc::clone(&self.wants_end))?;
            signal_hook::flag::register(signal, Arc::clone(&self.wants_end))?;
        }
        self.wants_end.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl ApplyMonitor for Signals {
    fn cancellation(&self) -> Cancellation {
        if self.wants_end.load(Ordering::Relaxed) { Cancellation::Finish } else { Cancellation::Continue }
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

#[derive(Clone, Copy, Debug)]
pub(super) struct SystemClock;

/// The origin of the monotonic clock.
static START: OnceLock<Instant> = OnceLock::new();

impl crate::http::Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        Clock::monotonic(self)
    }

    fn pause(&self, time: Duration) {
        Clock::pause(self, time);
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the clock is read by `cli`")]
    fn now(&self) -> Timestamp {
        Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    #[expect(clippy::disallowed_methods, reason = "the clock is read by `cli`")]
    fn monotonic(&self) -> Duration {
        START.get_or_init(Instant::now).elapsed()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn notice(&self, text: &str) {
        // Where nothing can be said there is only the waiting.
        let _ = writeln!(std::io::stderr(), "note: {}", visible(text));
    }
}
