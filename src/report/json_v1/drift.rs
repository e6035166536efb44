//! What was seen of nodes and files as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diagnostics::visible;
use crate::model::{Address, Differences, Edited, FieldDifference, Observed, Place};
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

/// A place where resources are.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlaceV1 {
    /// What it is called, as in `spectro@10.0.0.11`.
    pub place: String,
    /// The addresses of what is recorded to be there.
    pub resources: Vec<String>,
    /// What was found out.
    pub status: PlaceStatus,
    /// Why it is broken, or why it could not be seen.
    pub reason: Option<String>,
    /// Addresses of what is recorded, and not there.
    pub missing: Vec<String>,
    /// Addresses of what is there, and not recorded.
    pub extra: Vec<String>,
    /// What is there otherwise than recorded.
    pub edited: Vec<EditedV1>,
    /// Lines of others that sshd reads; nothing when they could not be counted.
    pub foreign_lines: Option<usize>,
}

/// A resource that is otherwise than recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EditedV1 {
    /// Its address.
    pub address: String,
    /// In what it differs; empty where only the whole can be compared, as a block of a file.
    pub fields: Vec<FieldDifferenceV1>,
}

/// A field that is otherwise than recorded. A value is one text, or the items of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldDifferenceV1 {
    /// Its name in declarations.
    pub field: String,
    /// What is recorded; nothing where it is not.
    pub recorded: Option<Vec<String>>,
    /// What is there; nothing where it is not.
    pub observed: Option<Vec<String>>,
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

fn edited_v1(Edited { address, fields }: &Edited) -> EditedV1 {
    let value = |value: &Option<Vec<String>>| {
        value.as_ref().map(|items| items.iter().map(|item| visible(item)).collect())
    };
    let field = |difference: &FieldDifference| {
        let FieldDifference { field, recorded, observed } = difference;
        FieldDifferenceV1 { field: field.clone(), recorded: value(recorded), observed: value(observed) }
    };
    EditedV1 { address: address.to_string(), fields: fields.iter().map(field).collect() }
}

fn place(place: &Place) -> PlaceV1 {
    let Place { name, resources, observed } = place;
    let texts = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
    let (reason, seen) = match observed {
        Observed::Known(seen) => (None, Some(seen)),
        Observed::Broken(why) | Observed::Unknown(why) => (Some(visible(why)), None),
    };
    let nothing = Differences::default();
    let Differences { missing, extra, edited, foreign_lines: _ } = seen.unwrap_or(&nothing);
    PlaceV1 {
        place: visible(name),
        resources: texts(resources),
        status: match observed {
            Observed::Unknown(_) => PlaceStatus::Unreachable,
            observed if observed.is_drift() => PlaceStatus::Drifted,
            Observed::Known(_) | Observed::Broken(_) => PlaceStatus::InSync,
        },
        reason,
        missing: texts(missing),
        extra: texts(extra),
        edited: edited.iter().map(edited_v1).collect(),
        foreign_lines: seen.map(|seen| seen.foreign_lines),
    }
}
