//! How often Palette is asked. It limits each address by the first part of the path, and others may share the address:
//! so nine tenths of the documented rate. What may come at once is taken whole: where others were there before, Palette
//! says so, and the bucket is as empty as Palette's from then on.

use crate::http::{Rate, TokenBucket};

/// Of the documented 10 a second.
const SLOW: Rate = Rate { per_second: 9, burst: 50 };
/// Of the documented 50 a second.
const FAST: Rate = Rate { per_second: 45, burst: 250 };

/// The parts with a limit of their own. All others share one.
const PARTS: [(&str, Rate); 9] = [
    ("cloudconfigs", FAST),
    ("dashboard", SLOW),
    ("permissions", SLOW),
    ("projects", SLOW),
    ("roles", SLOW),
    ("spectroclusters", FAST),
    ("teams", SLOW),
    ("tenants", SLOW),
    ("users", SLOW),
];

/// A bucket for each limit.
#[derive(Debug)]
pub(super) struct Rates {
    parts: Vec<(&'static str, TokenBucket)>,
    other: TokenBucket,
}

impl Rates {
    pub(super) fn new() -> Self {
        let bucket = |(part, rate)| (part, TokenBucket::new(rate));
        Self { parts: PARTS.into_iter().map(bucket).collect(), other: TokenBucket::new(SLOW) }
    }

    /// The bucket of a path `["v1", PART, ..]`.
    pub(super) fn bucket(&self, path: &[&str]) -> &TokenBucket {
        let of_part = |part: &&str| self.parts.iter().find(|(other, _)| other == part);
        path.get(1).and_then(of_part).map_or(&self.other, |(_, bucket)| bucket)
    }
}
