//! What was seen of nodes and files as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diagnostics::{visible, without_secrets};
use crate::model::{Acceptance, Address, Differences, Edited, FieldDifference, ForeignLine, Observed, Place};
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
    /// How many are there and not recorded; these are not drift.
    pub unrecorded_count: usize,
    /// How many foreign lines have a key that no cluster knows there; these are not drift.
    pub unknown_foreign_line_count: usize,
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
    /// What else is to be known of it; left out where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Addresses of what is recorded, and not there.
    pub missing: Vec<String>,
    /// Addresses of what is there, and not recorded.
    pub extra: Vec<String>,
    /// What is there otherwise than recorded.
    pub edited: Vec<EditedV1>,
    /// Lines of others that sshd reads; nothing when they could not be counted.
    pub foreign_lines: Option<usize>,
    /// How many of them have a key that no cluster knows there, or no key; nothing when they could not be counted.
    pub unknown_foreign_lines: Option<usize>,
    /// The first 50 foreign lines.
    pub foreign: Vec<ForeignLineV1>,
}

/// A line of others that sshd reads.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ForeignLineV1 {
    /// Its number in the file, from 1.
    pub line: usize,
    /// The fingerprint of the key on it; nothing where no key is found.
    pub fingerprint: Option<String>,
    /// What stands behind the key.
    pub comment: String,
    /// The addresses of the key where it is declared.
    pub declared: Vec<String>,
    /// Which cluster knows the key; nothing where none does.
    pub known: Option<AcceptanceV1>,
}

/// That a cluster knows the key of a foreign line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AcceptanceV1 {
    /// The address of the cluster.
    pub cluster: String,
    /// Why the key may be there.
    pub reason: String,
    /// The last day on which it may; nothing where it may stay.
    pub until: Option<String>,
    /// Whether that day is over: the line then counts as not known.
    pub is_expired: bool,
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
    /// It is there, and nothing of it is recorded.
    NotRecorded,
}

impl Drift {
    /// Places in their order; `keys` are those that are declared.
    #[must_use]
    pub fn new(places: &[Place], keys: &drift::KeyAddresses) -> Self {
        let drift::Tally { in_sync, drifted, unknown, unrecorded, unknown_lines } = drift::Tally::of(places);
        Self {
            format_version: FORMAT_VERSION,
            in_sync_count: in_sync,
            drifted_count: drifted,
            unreachable_count: unknown,
            unrecorded_count: unrecorded,
            unknown_foreign_line_count: unknown_lines,
            places: places.iter().map(|one| place(one, keys)).collect(),
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

fn foreign_v1(
    ForeignLine { number, key, comment, acceptance }: &ForeignLine,
    keys: &drift::KeyAddresses,
) -> ForeignLineV1 {
    let declared = key.and_then(|key| keys.get(&key)).into_iter().flatten();
    ForeignLineV1 {
        line: *number,
        fingerprint: key.map(|key| key.to_string()),
        comment: visible(&without_secrets(comment)),
        declared: declared.map(ToString::to_string).collect(),
        known: acceptance.as_ref().map(acceptance_v1),
    }
}

fn acceptance_v1(Acceptance { cluster, known, is_expired }: &Acceptance) -> AcceptanceV1 {
    AcceptanceV1 {
        cluster: cluster.to_string(),
        reason: visible(&known.reason),
        until: known.until.map(|day| day.to_string()),
        is_expired: *is_expired,
    }
}

fn place(place: &Place, keys: &drift::KeyAddresses) -> PlaceV1 {
    let Place { name, resources, observed, note } = place;
    let texts = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
    let (reason, seen) = match observed {
        Observed::Known(seen) => (None, Some(seen)),
        Observed::Broken(why) | Observed::Unknown(why) => (Some(visible(why)), None),
        Observed::Unrecorded => (None, None),
    };
    let nothing = Differences::default();
    let Differences { missing, extra, edited, foreign_lines: _, unknown_lines: _, foreign } =
        seen.unwrap_or(&nothing);
    PlaceV1 {
        place: visible(name),
        resources: texts(resources),
        status: match observed {
            Observed::Unknown(_) => PlaceStatus::Unreachable,
            Observed::Unrecorded => PlaceStatus::NotRecorded,
            observed if observed.is_drift() => PlaceStatus::Drifted,
            Observed::Known(_) | Observed::Broken(_) => PlaceStatus::InSync,
        },
        reason,
        note: note.as_deref().map(visible),
        missing: texts(missing),
        extra: texts(extra),
        edited: edited.iter().map(edited_v1).collect(),
        foreign_lines: seen.map(|seen| seen.foreign_lines),
        unknown_foreign_lines: seen.map(|seen| seen.unknown_lines),
        foreign: foreign.iter().map(|line| foreign_v1(line, keys)).collect(),
    }
}
