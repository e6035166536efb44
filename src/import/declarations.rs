//! What an import comes to: resources that are to be declared, each with what has to be said of it.

use crate::model::{Cluster, Project, SshKey, Team};

/// Resources that are to be declared, in the order in which they are to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarations {
    pub teams: Vec<Noted<Team>>,
    pub projects: Vec<Noted<Project>>,
    pub keys: Vec<Noted<SshKey>>,
    pub clusters: Vec<Noted<Cluster>>,
}

/// A resource, and notes for whoever reads its declaration: each becomes a comment of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted<T> {
    pub resource: T,
    pub notes: Vec<String>,
}

impl<T> From<T> for Noted<T> {
    fn from(resource: T) -> Self {
        Self { resource, notes: Vec::new() }
    }
}
