//! What is to be read.

use std::collections::BTreeSet;

use crate::model::{ResourceKind, Subject};

/// What is to be read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The projects by name; nothing for all.
    pub projects: Option<BTreeSet<String>>,
    pub subjects: Subjects,
    /// What is in question: what is not is not asked for, as it may need other permissions. Of projects that is their
    /// descriptions, labels and members; of clusters the keys that they have.
    pub kinds: BTreeSet<ResourceKind>,
}

/// Who is asked for roles, beside those whom Palette names with each project.
#[derive(Clone, Debug)]
pub enum Subjects {
    /// All users and teams of the tenant, with a request for each.
    Everybody,
    These(BTreeSet<Subject>),
}
