//! The rates that Palette documents, per first part of the path, by a clock of the test.

use std::collections::BTreeMap;
use std::time::Duration;

/// Reads the time since some moment.
pub(crate) type Clock = Box<dyn Fn() -> Duration + Send>;

/// Requests in a second, and how many may come at once.
const RATE: (u32, u32) = (10, 50);

/// The same for what asks after clusters.
const RATE_OF_CLUSTERS: (u32, u32) = (50, 250);

pub(super) struct RateLimit {
    clock: Clock,
    buckets: BTreeMap<String, Bucket>,
}

/// Holds requests that may come, in thousandths.
struct Bucket {
    held: u64,
    since: Duration,
}

impl RateLimit {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, buckets: BTreeMap::new() }
    }

    /// May a request with this first part of the path be answered now?
    pub(super) fn allows(&mut self, part: &str) -> bool {
        let (rate, burst) = match part {
            "cloudconfigs" | "spectroclusters" => RATE_OF_CLUSTERS,
            _ => RATE,
        };
        let (now, full) = ((self.clock)(), u64::from(burst) * 1000);
        let bucket = self.buckets.entry(part.into()).or_insert(Bucket { held: full, since: now });
        let passed = u64::try_from(now.saturating_sub(bucket.since).as_millis()).unwrap();
        bucket.held = full.min(bucket.held + passed * u64::from(rate));
        bucket.since = now;
        let is_allowed = bucket.held >= 1000;
        if is_allowed {
            bucket.held -= 1000;
        }
        is_allowed
    }
}
