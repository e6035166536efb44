//! Entries of the log, version 1: frozen, like the objects that they name.
//!
//! Entry 0 founds the state, and is written before anything else: a store that has something and no entry 0
//! has lost it. Every later entry is a revision.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufWriter, Write as _};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Action, Change};

/// The name of the format, in `format.json`.
pub const FORMAT: &str = "keyplan-state";
/// The version of the format.
pub const VERSION: u32 = 1;

/// How many bytes of JSON a digest takes at a time: what BLAKE3 needs to be fast.
const AT_A_TIME: usize = 16 << 10;

/// The BLAKE3 digest of some bytes, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }

    /// The digest of the bytes of a value as JSON, which are never there all at once.
    #[must_use]
    pub fn of_json(value: &impl Serialize) -> Self {
        let mut bytes = BufWriter::with_capacity(AT_A_TIME, blake3::Hasher::new());
        // Neither can fail: what is kept has no value that JSON cannot hold, and a digest takes all bytes.
        let _ = serde_json::to_writer(&mut bytes, value);
        let _ = bytes.flush();
        Self(bytes.get_ref().finalize().to_hex().to_string())
    }

    /// The digest with this text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(Self(text.into())).filter(Self::is_well_formed)
    }

    /// Its text: 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is that of a digest: what is read from a store may be anything, and becomes part
    /// of a path.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        self.0.len() == 64 && self.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `format.json`: what the store is, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan state: format.json")]
pub struct FormatFile {
    /// Always `keyplan-state`.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// A random name, made once: plans of another state do not apply to this one.
    pub lineage: String,
}

/// One entry of the log, with the digest that guards it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keyplan state: an entry of the log")]
pub struct EntryFile {
    /// The digest of `entry`, as it is written here.
    pub digest: Digest,
    /// The entry.
    pub entry: Entry,
}

/// The founding of the state, or a revision of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number; 0 for the founding.
    pub number: u64,
    /// The digest of the entry before; nothing for entry 0.
    pub previous: Option<Digest>,
    /// A random text of the run that wrote it: the same bytes mean the same writer.
    pub nonce: String,
    /// When it was written, in UTC.
    pub time: String,
    /// Who wrote it.
    pub actor: String,
    /// Why, in the words of who wrote it; left out where nothing was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The run of a CI service that wrote it; left out where it was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The commit that was applied; left out where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The name of the workspace whose state this is; nothing as long as none with a name has applied.
    pub workspace: Option<String>,
    /// What happened.
    pub kind: EntryKind,
    /// The recorded teams.
    pub teams: Option<TeamsRef>,
    /// The recorded projects, by name.
    pub projects: BTreeMap<String, ProjectRef>,
    /// Applies that have begun and not ended.
    pub open_applies: Vec<OpenApply>,
    /// The digest that names the object of people who may still hold keys; left out where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_holders: Option<Digest>,
    /// The projects, keys and clusters that it renamed, each after what gave up its name; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renames: Vec<Rename>,
}

/// A resource that goes on under another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// Its address before; of a key or cluster whose project is renamed too, with the new name of the project.
    pub from: String,
    /// Its address since.
    pub to: String,
}

/// What an entry records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum EntryKind {
    /// The state was founded: entry 0, which records nothing else.
    Init {
        /// The random name of the state, as in `format.json`.
        lineage: String,
    },
    /// An apply without effects outside of the state: begun and ended in one.
    Apply {
        /// What was done.
        summary: Summary,
    },
    /// An apply has begun, and holds a lease on its projects.
    Begin {
        /// The digest that names the object of its plan.
        plan: Digest,
    },
    /// An apply has ended.
    End {
        /// The number of its begin.
        begin: u64,
        /// What was done.
        summary: Summary,
        /// How many changes failed or were skipped.
        unfinished: usize,
        /// The nodes that were given up: their files stay as they are; left out where there is none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        forgotten_nodes: Vec<String>,
    },
    /// An apply that never ended was given up, without a look at what it has done.
    Release {
        /// The number of its begin.
        begin: u64,
        /// How many resources it may have touched: they are recorded as partially applied.
        partially_applied: usize,
    },
    /// The state goes on at another place, where all entries before this one were copied: nothing follows here.
    Move {
        /// The place, as a person wrote it.
        to: String,
    },
}

/// How much was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Resources created.
    pub create: usize,
    /// Resources updated.
    pub update: usize,
    /// Resources deleted.
    pub delete: usize,
}

impl Summary {
    /// How much these changes do.
    #[must_use]
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut summary = Self::default();
        for change in changes {
            match change.action() {
                Action::Create => summary.create += 1,
                Action::Update => summary.update += 1,
                Action::Delete => summary.delete += 1,
            }
        }
        summary
    }
}

/// The recorded teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamsRef {
    /// The digest that names their object.
    pub object: Digest,
    /// The number of the entry that last changed them.
    pub revision: u64,
    /// How many.
    pub teams: usize,
}

/// A recorded project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectRef {
    /// The digest that names its object.
    pub object: Digest,
    /// The number of the entry that last changed it.
    pub revision: u64,
    /// How many keys it has.
    pub keys: usize,
    /// How many clusters it has.
    pub clusters: usize,
}

/// An apply that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenApply {
    /// The number of its begin.
    pub begin: u64,
    /// The name of its lease.
    pub token: String,
    /// Who holds the lease.
    pub holder: String,
    /// Where its changes land: only there can be seen what it has done.
    pub target: String,
    /// The digest that names the object of its plan.
    pub plan: Digest,
    /// The projects that it holds.
    pub projects: Vec<String>,
    /// Whether it holds the teams.
    pub teams: bool,
}

impl Entry {
    /// The bytes that are kept, and their digest.
    #[must_use]
    pub fn to_file(&self) -> (Digest, Vec<u8>) {
        // The type has no value that JSON cannot hold.
        let digest = Digest::of(&serde_json::to_vec(self).unwrap_or_default());
        let file = EntryFile { digest: digest.clone(), entry: self.clone() };
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        (digest, bytes)
    }
}

impl EntryFile {
    /// Whether the digest is that of the entry.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        serde_json::to_vec(&self.entry).is_ok_and(|bytes| Digest::of(&bytes) == self.digest)
    }
}

/// An entry of the log, and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The digest of the entry.
    pub digest: Digest,
    /// The entry.
    pub entry: Entry,
}
