//! What is observed where changes landed: in each place, as far as it differs from what is recorded.

use super::{Address, KnownKey};
use crate::openssh::Fingerprint;

/// A place where resources are: the file of a user on a node, or a project of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called, as in `spectro@10.0.0.11`.
    pub name: String,
    /// What is recorded to be there, in order.
    pub resources: Vec<Address>,
    pub observed: Observed,
    /// What else is to be known of it, for people.
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    Known(Differences),
    /// It is not what keyplan writes, and cannot be read as such: why.
    Broken(String),
    /// It could not be seen: why.
    Unknown(String),
    /// It is there, and nothing of it is recorded: others have made it, and it is no drift.
    Unrecorded,
}

/// In what a place differs from what is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Recorded, and not there.
    pub missing: Vec<Address>,
    /// There, and not recorded.
    pub extra: Vec<Address>,
    /// There otherwise than recorded.
    pub edited: Vec<Edited>,
    /// Lines of others that sshd reads. They are no difference.
    pub foreign_lines: usize,
    /// How many of them have a key that no cluster accepts there, or no key that is found.
    pub unknown_lines: usize,
    /// The first of the foreign lines.
    pub foreign: Vec<ForeignLine>,
}

/// A line that keyplan has not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignLine {
    /// Its number in the file, from 1.
    pub number: usize,
    /// The key on it; nothing where no key is found.
    pub key: Option<Fingerprint>,
    /// What stands behind the key, as it is: text of a stranger.
    pub comment: String,
    /// Which cluster knows the key, where one does.
    pub acceptance: Option<Acceptance>,
}

/// That a cluster knows a key which keyplan has not put on its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    pub cluster: Address,
    pub known: KnownKey,
    /// Whether it was accepted until a day that is over.
    pub is_expired: bool,
}

/// A resource that is otherwise than recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub address: Address,
    /// In what it differs; empty where only the whole can be compared, as a block of a file.
    pub fields: Vec<FieldDifference>,
}

/// A field that is otherwise than recorded. A value is one text, or the items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// Its name in declarations.
    pub field: String,
    pub recorded: Option<Vec<String>>,
    pub observed: Option<Vec<String>>,
}

impl Edited {
    /// Of a resource that can only be compared as a whole.
    #[must_use]
    pub const fn whole(address: Address) -> Self {
        Self { address, fields: Vec::new() }
    }
}

impl Observed {
    /// Whether something else is there than is recorded.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        match self {
            Self::Known(Differences {
                missing,
                extra,
                edited,
                foreign_lines: _,
                unknown_lines: _,
                foreign: _,
            }) => !(missing.is_empty() && extra.is_empty() && edited.is_empty()),
            Self::Broken(_) => true,
            Self::Unknown(_) | Self::Unrecorded => false,
        }
    }
}
