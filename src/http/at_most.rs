//! No more than so many requests at the same time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Request, Response, Transport, TransportError};

/// A transport that sends no more than so many requests at the same time; the others wait.
pub struct AtMost {
    transport: Box<dyn Transport>,
    free: Mutex<usize>,
    freed: Condvar,
}

impl AtMost {
    /// `most` is at least 1.
    #[must_use]
    pub fn new(most: usize, transport: Box<dyn Transport>) -> Self {
        Self { transport, free: Mutex::new(most.max(1)), freed: Condvar::new() }
    }
}

impl Transport for AtMost {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        drop(free);
        let _place = Place(self);
        self.transport.send(request, timeout)
    }
}

struct Place<'a>(&'a AtMost);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;
    use crate::http::{Method, Origin, Url};

    /// Counts those that are on their way, and the most of them that there were.
    #[derive(Default)]
    struct Counting {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Transport for Arc<Counting> {
        fn send(&self, _: &Request, _: Duration) -> Result<Response, TransportError> {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            thread::yield_now();
            self.now.fetch_sub(1, Ordering::SeqCst);
            Err(TransportError::Lost("reset".into()))
        }
    }

    #[test]
    fn no_more_are_on_their_way_and_all_come_through() {
        let url = Url::new(Origin::parse("palette.example.com").unwrap(), &["v1"], &[]);
        let request = Request { method: Method::Get, url, headers: Vec::new(), body: None };
        for most in 0..4 {
            let counting = Arc::<Counting>::default();
            let transport = AtMost::new(most, Box::new(Arc::clone(&counting)));
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| (0..40).for_each(|_| drop(transport.send(&request, Duration::MAX))));
                }
            });
            assert!(counting.most.load(Ordering::SeqCst) <= most.max(1));
        }
    }
}
