//! What the steps of an apply have in common.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::Uid;
use super::super::client::{Client, Scope, Session};
use super::super::{read, wire};
use super::names::Names;
use crate::http::{GoOn, Limits};
use crate::model::Name;
use crate::plan::Delivery;
use crate::targets::TargetError;

/// Where nothing may stop: a read that proves a write.
pub(super) const ALWAYS: &GoOn<'static> = &|| Ok(());

/// The longest time that one look or write may take, with all its tries.
const LONGEST: Duration = Duration::from_mins(10);

/// An apply at work, or a look at what one has done.
pub(super) struct Work<'a> {
    client: &'a Client,
    /// Asked before each write.
    go_on: &'a GoOn<'a>,
    pub(super) names: Names<'a>,
    /// The projects that are there, as long as none of them is changed here.
    projects: Mutex<Option<Vec<wire::Named>>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(client: &'a Client, go_on: &'a GoOn<'a>, delivery: &'a Delivery<'a>) -> Self {
        Self { client, go_on, names: Names::of(delivery), projects: Mutex::new(None) }
    }

    /// For what is read: it is not given up between a write and its proof.
    pub(super) fn reading(&self) -> Session<'_> {
        self.session(ALWAYS)
    }

    pub(super) fn writing(&self) -> Session<'_> {
        self.session(self.go_on)
    }

    fn session<'b>(&'b self, go_on: &'b GoOn<'b>) -> Session<'b> {
        let deadline = self.client.clock().monotonic() + LONGEST;
        Session::new(self.client, Limits { deadline, go_on })
    }

    pub(super) fn may_write(&self) -> Result<(), String> {
        (self.go_on)()
    }

    /// The scope of a project; nothing where it is not there.
    pub(super) fn scope(&self, name: &Name) -> Result<Option<Scope>, TargetError> {
        let uid = match (self.project(name)?, self.names.previous(name)) {
            (None, Some(previous)) => self.project(previous)?,
            (found, _) => found,
        };
        Ok(uid.map(Scope::Project))
    }

    pub(super) fn project(&self, name: &Name) -> Result<Option<Uid>, TargetError> {
        let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match projects.take() {
            Some(known) => known,
            None => read::projects(&self.reading())?,
        };
        let mut found = known.iter().filter(|project| project.name == name.as_str());
        let uids = (found.next().map(|one| one.uid.clone()), found.next().is_some());
        *projects = Some(known);
        match uids {
            (_, true) => {
                Err(TargetError::conflict(format!("Palette has two projects `{name}`: rename one there")))
            }
            (uid, false) => Ok(uid),
        }
    }
}
