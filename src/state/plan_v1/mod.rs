//! A plan as JSON, format version 1: frozen. It is what `plan --format json` prints and what `--out`
//! keeps: complete, so that applying it decides nothing, with a digest over all of it.

mod made;
mod read;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use self::made::{access_v1, change_v1, guard_v1, note_v1};
use self::read::{access, base, change, forgotten, guard, note};
use super::entry::Digest;
use super::v1::{ClusterV1, Invalid, KeyV1, ProjectV1, TeamV1};
use crate::plan::{Action, Change, Plan};

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.0";

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan plan")]
pub struct PlanFile<Changes = Vec<ChangeV1<'static>>, Accesses = Vec<AccessV1>> {
    /// The version of this shape. Tools of version 1 read every 1.x.
    pub format_version: String,
    /// What the plan was made from.
    pub base: BaseV1,
    /// What is done, in the order in which it is done.
    pub resource_changes: Changes,
    /// Nodes that are given up: what stands there stays, and they are not visited; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten_nodes: Vec<String>,
    /// What that means for access.
    pub access_changes: Accesses,
    /// What is told beside that, and stands in no way; left out where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteV1>,
    /// What stands in the way of applying it.
    pub guards: Vec<GuardV1>,
    /// How many changes there are of each kind.
    pub summary: SummaryV1,
    /// The digest of all of the above.
    pub digest: String,
}

/// What a plan was made from, and for what: it applies while this is still so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseV1 {
    /// The name of the workspace, where it has one.
    pub workspace: Option<String>,
    /// Where changes land, with the settings that decide which places those are.
    pub target: String,
    /// The lineage of the state; nothing before the first apply.
    pub lineage: Option<String>,
    /// The newest revision at that time.
    pub revision: u64,
    /// The recorded teams, when the plan changes or names teams.
    pub teams: Option<RecordingV1>,
    /// The recorded projects that the plan touches, by name.
    pub projects: BTreeMap<String, RecordingV1>,
}

/// Something that is recorded, or is not recorded yet: then both fields are null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordingV1 {
    /// The digest of its object.
    pub digest: Option<String>,
    /// The revision that last changed it.
    pub revision: Option<u64>,
}

/// A change of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeV1<'a> {
    /// What the resource is called after the change, unless it is then gone.
    pub address: String,
    /// What it was called before, when it is renamed.
    pub previous_address: Option<String>,
    /// `team`, `project`, `key` or `cluster`.
    pub kind: String,
    /// What is done.
    pub change: StepV1<'a>,
    /// Why.
    pub action_reason: String,
    /// The declaration that asks for it, relative to the workspace: `path:line`.
    pub declared_at: Option<String>,
    /// The fields that differ.
    pub fields: Vec<FieldV1<'a>>,
    /// The clusters that it reaches.
    pub reach: Vec<String>,
}

/// What is done to a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepV1<'a> {
    /// One of `create`, `update` and `delete`.
    pub actions: Vec<String>,
    /// The resource as it is recorded.
    pub before: Option<ResourceV1<'a>>,
    /// The resource as it is desired.
    pub after: Option<ResourceV1<'a>>,
}

/// A resource: one of the fields is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceV1<'a> {
    /// The project of a key or of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_project: Option<Cow<'a, str>>,
    /// A team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamV1<'a>>,
    /// A project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectV1<'a>>,
    /// An SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyV1<'a>>,
    /// A cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterV1<'a>>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldV1<'a> {
    /// Its name in declarations.
    pub field: Cow<'a, str>,
    /// What is recorded: one text, or the items of a list.
    pub before: Option<Vec<Cow<'a, str>>>,
    /// What is desired.
    pub after: Option<Vec<Cow<'a, str>>>,
}

/// A way in which access changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessV1 {
    /// A cluster gets, loses or changes its key.
    Cluster {
        /// The cluster.
        cluster: String,
        /// What opened it.
        before: Option<OpenerV1>,
        /// What opens it.
        after: Option<OpenerV1>,
    },
    /// Somebody gains or loses a role.
    Role {
        /// Who.
        user: String,
        /// What they may do.
        role: String,
        /// Where.
        project: String,
        /// Whether they have it afterwards.
        gained: bool,
        /// The teams through which.
        through: Vec<String>,
    },
}

/// A key that opens a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenerV1 {
    /// The key.
    pub key: String,
    /// `SHA256:...`
    pub fingerprint: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// What it may do there, and from where, as a line of `authorized_keys` has it; left out where there
    /// is nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
}

/// Something that is told beside the changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteV1 {
    /// The resource that it is about.
    pub address: String,
    /// What is so.
    pub summary: String,
    /// The next keystroke.
    pub help: String,
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardV1 {
    /// Which guard; `keyplan explain` tells more.
    pub rule: String,
    /// What it stops.
    pub summary: String,
    /// The next keystroke.
    pub help: String,
    /// The resources that it is about.
    pub addresses: Vec<String>,
}

/// How many changes there are of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryV1 {
    /// Resources created.
    pub create: usize,
    /// Resources updated.
    pub update: usize,
    /// Resources deleted.
    pub delete: usize,
}

/// Why a file is no plan that can be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    /// Not the JSON of a plan.
    #[error("it is not a plan of keyplan, or it is cut off (line {line}, column {column})")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// What the operating system says.
    #[error("it cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// Written by another version.
    #[error("it has format version {0}, and this keyplan knows version 1")]
    Version(String),
    /// The digest is another.
    #[error("it was edited: its digest is another")]
    Edited,
    /// A value is not what it should be.
    #[error(transparent)]
    Value(#[from] Invalid),
    /// A change without a resource, or with two of different kinds.
    #[error("the change of `{0}` is incomplete")]
    Incomplete(String),
}

impl PlanFile {
    /// A plan as it is kept. `place` gives the declaration of a change, as `path:line`.
    ///
    /// What makes it long is made as it is written, so that it is never there all at once.
    #[must_use]
    pub fn new<'a>(
        plan: &'a Plan,
        place: &'a dyn Fn(&Change) -> Option<String>,
    ) -> PlanFile<impl Serialize + use<'a>, impl Serialize + use<'a>> {
        let Plan { base, changes, forgotten, access, notes, guards } = plan;
        PlanFile {
            format_version: FORMAT_VERSION.into(),
            base: base.into(),
            resource_changes: Each(changes, |change| change_v1(change, place(change))),
            access_changes: Each(access, access_v1),
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
    pub fn read(mut from: impl Read + Seek) -> Result<Self, PlanFault> {
        let mut file = match serde_json::from_reader::<_, Self>(&mut from) {
            Ok(file) if is_version_1(&file.format_version) => file,
            Ok(file) => return Err(PlanFault::version(&file.format_version)),
            Err(error) => return Err(PlanFault::of_json(&error, from)),
        };
        let digest = std::mem::take(&mut file.digest);
        file = file.with_digest();
        if file.digest == digest { Ok(file) } else { Err(PlanFault::Edited) }
    }

    /// The plan. Its changes know nothing of declarations any more.
    ///
    /// # Errors
    /// When a value is not what it should be.
    pub fn plan(self) -> Result<Plan, PlanFault> {
        Ok(Plan {
            base: base(self.base)?,
            changes: self.resource_changes.into_iter().map(change).collect::<Result<_, _>>()?,
            forgotten: forgotten(&self.forgotten_nodes)?,
            access: self.access_changes.into_iter().map(access).collect::<Result<_, Invalid>>()?,
            notes: self.notes.into_iter().map(note).collect::<Result<_, Invalid>>()?,
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

impl PlanFault {
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
