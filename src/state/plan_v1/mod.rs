//! A plan as JSON, format version 1: frozen. It is what `plan --format json` prints and what `--out`
//! keeps: complete, so that applying it decides nothing, with a digest over all of it.

mod decode;
mod encode;
mod shape;

use std::io::{Read, Seek};

use serde::{Deserialize, Serialize, Serializer};

use self::decode::{access, base, change, forgotten, former_holder, guard, note, repaved, shared_node};
use self::encode::{access_v1, change_v1, former_holder_v1, guard_v1, note_v1, shared_node_v1};
pub use self::shape::{
    AccessV1, BaseV1, ChangeV1, FieldV1, FormerHolderV1, GitBaseV1, GuardV1, HolderV1, KeyGrantV1, NoteV1,
    PlanFile, PlanFileError, RecordingV1, ResourceV1, SharedNodeV1, StepV1, SummaryV1,
};
use super::entry::Digest;
use super::v1::Invalid;
use crate::plan::{Action, Change, Plan};

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.0";

impl PlanFile {
    /// A plan as it is kept. `place` gives the declaration of a change, as `path:line`.
    ///
    /// What makes it long is made as it is written, so that it is never there all at once.
    #[must_use]
    pub fn new<'a>(
        plan: &'a Plan,
        place: &'a dyn Fn(&Change) -> Option<String>,
    ) -> PlanFile<impl Serialize + use<'a>, impl Serialize + use<'a>> {
        let Plan { base, changes, forgotten, access, repaved, former_holders, shared_nodes, notes, guards } =
            plan;
        PlanFile {
            format_version: FORMAT_VERSION.into(),
            base: base.into(),
            resource_changes: Each(changes, |change| change_v1(change, place(change))),
            repaved_clusters: repaved.iter().map(ToString::to_string).collect(),
            access_changes: Each(access, access_v1),
            former_holders: former_holders.iter().map(former_holder_v1).collect(),
            shared_nodes: shared_nodes.iter().map(shared_node_v1).collect(),
            forgotten_nodes: forgotten.iter().map(ToString::to_string).collect(),
            notes: notes.iter().map(note_v1).collect(),
            guards: guards.iter().map(guard_v1).collect(),
            summary: SummaryV1 {
                create: plan.count(Action::Create),
                update: plan.count(Action::Update),
                delete: plan.count(Action::Delete),
            },
            digest: String::new(),
        }
        .with_digest()
    }

    /// Reads a plan back.
    ///
    /// # Errors
    /// When what is read is not a plan that keyplan wrote, or cannot be read.
    pub fn read(mut from: impl Read + Seek) -> Result<Self, PlanFileError> {
        let mut file = match serde_json::from_reader::<_, Self>(&mut from) {
            Ok(file) if is_version_1(&file.format_version) => file,
            Ok(file) => return Err(PlanFileError::version(&file.format_version)),
            Err(error) => return Err(PlanFileError::of_json(&error, from)),
        };
        let digest = std::mem::take(&mut file.digest);
        file = file.with_digest();
        if file.digest == digest { Ok(file) } else { Err(PlanFileError::Edited) }
    }

    /// The plan. Its changes know nothing of declarations any more.
    pub fn plan(self) -> Result<Plan, PlanFileError> {
        if self.base.git.is_some() {
            return Err(PlanFileError::Git);
        }
        Ok(Plan {
            base: base(self.base)?,
            changes: self.resource_changes.into_iter().map(change).collect::<Result<_, _>>()?,
            forgotten: forgotten(&self.forgotten_nodes)?,
            access: self.access_changes.into_iter().map(access).collect::<Result<_, Invalid>>()?,
            repaved: repaved(&self.repaved_clusters)?,
            former_holders: self
                .former_holders
                .into_iter()
                .map(former_holder)
                .collect::<Result<_, Invalid>>()?,
            shared_nodes: self.shared_nodes.into_iter().map(shared_node).collect::<Result<_, Invalid>>()?,
            notes: self.notes.into_iter().map(note).collect::<Result<_, _>>()?,
            guards: self.guards.into_iter().map(guard).collect::<Result<_, _>>()?,
        })
    }
}

impl<Changes: Serialize, Accesses: Serialize> PlanFile<Changes, Accesses> {
    /// The same with the digest over all of it, which is empty before.
    fn with_digest(self) -> Self {
        let digest = Digest::of_json(&self).to_string();
        Self { digest, ..self }
    }
}

/// A list whose items are made from these, one after the other, as it is written.
struct Each<'a, T, F>(&'a [T], F);

impl<'a, T, V: Serialize, F: Fn(&'a T) -> V> Serialize for Each<'a, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(items, made) = self;
        serializer.collect_seq(items.iter().map(made))
    }
}

fn is_version_1(version: &str) -> bool {
    version.starts_with("1.")
}

impl PlanFileError {
    fn version(version: &str) -> Self {
        Self::Version(version.chars().take(20).collect())
    }

    /// What is wrong with what is no plan of version 1: another version may have any shape, but says so.
    fn of_json(error: &serde_json::Error, mut from: impl Read + Seek) -> Self {
        #[derive(Deserialize)]
        struct Versioned {
            format_version: String,
        }
        if let Some(kind) = error.io_error_kind() {
            return Self::Unreadable(kind);
        }
        let other = from.rewind().ok().and_then(|()| serde_json::from_reader::<_, Versioned>(from).ok());
        match other {
            Some(Versioned { format_version }) if !is_version_1(&format_version) => {
                Self::version(&format_version)
            }
            _ => Self::Shape { line: error.line(), column: error.column() },
        }
    }
}
