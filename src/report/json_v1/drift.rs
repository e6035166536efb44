//! What was seen of nodes and files as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diagnostics::visible;
use crate::model::{Address, Differences, Observed, Place};
use crate::report::drift;

/// What `keyplan drift --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan drift")]
pub struct Drift {
    /// The version of this shape.
    pub format_version: &'static str,
    /// How many places are as is recorded.
    pub in_sync_count: usize,
    /// How many are not.
    pub drifted_count: usize,
    /// How many could not be seen.
    pub unreachable_count: usize,
    /// Every place that was looked at, in their order.
    pub places: Vec<PlaceV1>,
}

/// A place where keys are put.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaceV1 {
    /// What it is called, as in `spectro@10.0.0.11`.
    pub place: String,
    /// The clusters that are recorded to be there.
    pub clusters: Vec<String>,
    /// What was found out.
    pub status: PlaceStatus,
    /// Why it is broken, or why it could not be seen.
    pub reason: Option<String>,
    /// Clusters whose block is not there.
    pub missing: Vec<String>,
    /// Clusters that have a block there and should not.
    pub extra: Vec<String>,
    /// Clusters whose block holds something else.
    pub edited: Vec<String>,
    /// Lines of others that sshd reads; nothing when they could not be counted.
    pub foreign_lines: Option<usize>,
}

/// What was found out of a place.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceStatus {
    /// It is as is recorded.
    InSync,
    /// It is not.
    Drifted,
    /// It could not be seen.
    Unreachable,
}

impl Drift {
    /// Places in their order.
    #[must_use]
    pub fn new(places: &[Place]) -> Self {
        let drift::Tally { in_sync, drifted, unknown } = drift::Tally::of(places);
        Self {
            format_version: FORMAT_VERSION,
            in_sync_count: in_sync,
            drifted_count: drifted,
            unreachable_count: unknown,
            places: places.iter().map(place).collect(),
        }
    }
}

fn place(place: &Place) -> PlaceV1 {
    let Place { name, clusters, observed } = place;
    let texts = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
    let (reason, seen) = match observed {
        Observed::Known(seen) => (None, Some(seen)),
        Observed::Broken(why) | Observed::Unknown(why) => (Some(visible(why)), None),
    };
    let nothing = Differences::default();
    let Differences { missing, extra, edited, foreign_lines: _ } = seen.unwrap_or(&nothing);
    PlaceV1 {
        place: visible(name),
        clusters: texts(clusters),
        status: match observed {
            Observed::Unknown(_) => PlaceStatus::Unreachable,
            observed if observed.is_drift() => PlaceStatus::Drifted,
            Observed::Known(_) | Observed::Broken(_) => PlaceStatus::InSync,
        },
        reason,
        missing: texts(missing),
        extra: texts(extra),
        edited: texts(edited),
        foreign_lines: seen.map(|seen| seen.foreign_lines),
    }
}
