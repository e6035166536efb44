//! A clock for tests: time passes only when all that run wait, and then to the first moment that one waits for.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::Clock;

#[derive(Debug)]
pub(crate) struct VirtualClock {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug)]
struct State {
    now: Duration,
    /// Threads that neither wait nor have ended.
    running: usize,
    /// How many wait for each moment.
    waiting: BTreeMap<Duration, usize>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::of_threads(1)
    }
}

impl VirtualClock {
    /// A clock for so many threads, of which each tells its end.
    pub(crate) fn of_threads(running: usize) -> Self {
        let state = State { now: Duration::ZERO, running, waiting: BTreeMap::new() };
        Self { state: Mutex::new(state), moved: Condvar::new() }
    }

    fn move_on(&self, state: &mut MutexGuard<'_, State>) {
        if state.running == 0
            && let Some((moment, number)) = state.waiting.pop_first()
        {
            (state.now, state.running) = (moment, number);
            self.moved.notify_all();
        }
    }
}

impl Clock for VirtualClock {
    fn monotonic(&self) -> Duration {
        self.state.lock().unwrap().now
    }

    fn pause(&self, time: Duration) {
        let mut state = self.state.lock().unwrap();
        let moment = state.now + time.max(Duration::from_nanos(1));
        *state.waiting.entry(moment).or_default() += 1;
        state.running -= 1;
        self.move_on(&mut state);
        while state.now < moment {
            state = self.moved.wait(state).unwrap();
        }
    }

    fn threads_change(&self, by: isize) {
        let mut state = self.state.lock().unwrap();
        state.running = state.running.checked_add_signed(by).unwrap();
        self.move_on(&mut state);
    }
}
