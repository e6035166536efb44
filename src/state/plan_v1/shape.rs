//! The shape of a plan as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::DEFAULT_LOGIN_USER;
use crate::state::v1::{ClusterV1, Invalid, KeyV1, ProjectV1, TeamV1};

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
    /// Nodes that are given up: they are not visited, and their files stay as they are; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten_nodes: Vec<String>,
    /// Clusters whose nodes the target replaces; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repaved_clusters: Vec<String>,
    /// What that means for access.
    pub access_changes: Accesses,
    /// People who held a key, hold it no longer, and may still have its private half; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_holders: Vec<FormerHolderV1>,
    /// Nodes that several clusters have then with the same login user, where a change brings one of them there; left
    /// out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_nodes: Vec<SharedNodeV1>,
    /// Notes beside that, which refuse nothing; left out where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteV1>,
    /// What refuses to let it be applied.
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
    /// The git revision whose declarations the plan compares with, in place of a state; left out where there is none.
    /// Such a plan cannot be applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitBaseV1>,
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

/// A git revision that a plan compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitBaseV1 {
    /// As it was given.
    pub revision: String,
    /// The whole name of its commit.
    pub commit: String,
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
    pub project_name: Option<Cow<'a, str>>,
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
    /// A cluster gets, loses or changes its key, its login user or its nodes, or its key changes its options or last
    /// day.
    Cluster {
        /// The cluster.
        cluster: String,
        /// In what `before` and `after` differ, where both are there: `key`, `login-user`, `nodes`, `options` and
        /// `last-day`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differs: Vec<String>,
        /// What opened it.
        before: Option<Box<KeyGrantV1>>,
        /// What opens it.
        after: Option<Box<KeyGrantV1>>,
        /// Who holds the key now and did not, where it is the same key; left out where there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gained: Vec<HolderV1>,
        /// Who holds it no longer, likewise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lost: Vec<HolderV1>,
    },
    /// The same key opens the same nodes, for the same people, as another cluster.
    Moved {
        /// The cluster before.
        from: String,
        /// The cluster after.
        to: String,
        /// What opens it.
        grant: KeyGrantV1,
    },
    /// The cluster is not declared any more, and the target leaves it as it is: its key goes on opening it.
    Forgotten {
        /// The cluster.
        cluster: String,
        /// What opens it.
        grant: KeyGrantV1,
    },
    /// Other people hold a key, which opens clusters as before.
    KeyHolders {
        /// The key.
        key: String,
        /// `SHA256:...`
        fingerprint: String,
        /// Who holds it now.
        gained: Vec<HolderV1>,
        /// Who holds it no longer.
        lost: Vec<HolderV1>,
        /// The clusters that it opens.
        clusters: Vec<String>,
    },
    /// A user gains or loses a role.
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
pub struct KeyGrantV1 {
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
    /// The last day on which it is valid, in UTC; left out where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Who logs in there; left out where it is `spectro`.
    #[serde(default = "default_login_user", skip_serializing_if = "is_default_login_user")]
    pub login_user: String,
    /// The nodes; left out where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
}

fn default_login_user() -> String {
    DEFAULT_LOGIN_USER.into()
}

fn is_default_login_user(user: &str) -> bool {
    user == DEFAULT_LOGIN_USER
}

/// A person who holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HolderV1 {
    /// Who; nothing where nobody is known to hold it.
    pub user: Option<String>,
    /// The team that owns the key, where the person is not the owner.
    pub team: Option<String>,
}

/// A person who may still have the private half of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormerHolderV1 {
    /// Who.
    pub user: String,
    /// The team through which they held it; nothing where they owned it.
    pub team: Option<String>,
    /// Whether they are no member of that team any more.
    pub left_team: bool,
    /// `SHA256:...`
    pub fingerprint: String,
    /// The keys of this material.
    pub keys: Vec<String>,
    /// The clusters that it opens.
    pub clusters: Vec<String>,
}

/// A node that several clusters have, with the same login user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedNodeV1 {
    /// The node.
    pub node: String,
    /// Who logs in there.
    pub login_user: String,
    /// The clusters, at least two.
    pub clusters: Vec<String>,
}

/// Something that is told beside the changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteV1 {
    /// The rule by which it is told; `keyplan explain` tells more. Left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The resource that it is about.
    pub address: String,
    /// What is so.
    pub summary: String,
    /// The next keystroke.
    pub help: String,
}

/// A guard that refuses the plan.
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
pub enum PlanFileError {
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
    /// It was made from no state.
    #[error("it compares with a git revision, and not with a state")]
    Git,
    /// A value is not what it should be.
    #[error(transparent)]
    Value(#[from] Invalid),
    /// A change without a resource, or with two of different kinds.
    #[error("the change of `{0}` is incomplete")]
    Incomplete(String),
}
