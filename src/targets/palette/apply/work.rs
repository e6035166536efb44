//! What the steps of an apply have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::super::Uid;
use super::super::client::{Client, Scope, Session};
use super::super::observed::only;
use super::super::{read, wire};
use super::holder::Holder;
use super::key_limit::KeyLimit;
use super::names::Names;
use crate::http::{GoOn, Limits};
use crate::model::{Name, ResourceKind, Role, TeamMembers, UserName};
use crate::plan::Delivery;
use crate::targets::TargetError;
use crate::targets::transitions::{ClusterTransition, transitions};

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
    users: Once<BTreeMap<Uid, UserName>>,
    /// The teams once all that are to be there are made.
    teams: Once<Vec<wire::Team>>,
    roles: Once<BTreeMap<Uid, Role>>,
    /// The projects in which the caller has a role, before anything is written.
    own_projects: Once<BTreeSet<Uid>>,
    pub(super) members: TeamMembers,
    clusters: Vec<ClusterTransition>,
    pub(super) key_limit: KeyLimit,
    /// Whose API key it is.
    pub(super) caller: Uid,
    /// Whether the last role of the caller in a project may be taken.
    pub(super) may_remove_own_role: bool,
}

/// Where an apply lands.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    pub(crate) client: &'a Client,
    pub(crate) members: TeamMembers,
    /// Whether the last role of the user whose API key it is may be taken in a project.
    pub(crate) may_remove_own_role: bool,
}

impl<'a> Work<'a> {
    /// # Errors
    /// When the API key is not taken, or is of another tenant.
    pub(super) fn begin(
        Account { client, members, may_remove_own_role }: Account<'a>,
        go_on: &'a GoOn<'a>,
        delivery: &'a Delivery<'a>,
    ) -> Result<Self, TargetError> {
        let wire::UserInfo { user_uid: caller, tenant_uid: tenant, .. } =
            session(client, ALWAYS).preflight()?;
        Ok(Self {
            client,
            go_on,
            names: Names::of(delivery),
            projects: Mutex::new(None),
            users: Once::new(),
            teams: Once::new(),
            roles: Once::new(),
            own_projects: Once::new(),
            members,
            clusters: transitions(delivery),
            key_limit: KeyLimit::of(tenant),
            caller,
            may_remove_own_role,
        })
    }

    /// For what is read: it is not given up between a write and its proof.
    pub(super) fn reading(&self) -> Session<'_> {
        session(self.client, ALWAYS)
    }

    pub(super) fn writing(&self) -> Session<'_> {
        session(self.client, self.go_on)
    }

    /// Does something with each item, with as many at the same time as the settings allow, in the order of the items.
    pub(super) fn each<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        self.reading().each(items, work)
    }

    pub(super) fn may_write(&self) -> Result<(), String> {
        (self.go_on)()
    }

    /// The scope of a project; nothing where it is not there.
    pub(super) fn scope(&self, name: &Name) -> Result<Option<Scope>, TargetError> {
        Ok(self.project_or_previous(name)?.map(Scope::Project))
    }

    /// A project, under its recorded name as long as it is not renamed.
    pub(super) fn project_or_previous(&self, name: &Name) -> Result<Option<Uid>, TargetError> {
        match (self.project(name)?, self.names.previous(name)) {
            (None, Some(previous)) => self.project(previous),
            (found, _) => Ok(found),
        }
    }

    pub(super) fn project(&self, name: &Name) -> Result<Option<Uid>, TargetError> {
        let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match projects.take() {
            Some(known) => known,
            None => read::projects(&self.reading())?,
        };
        let found = only(projects.insert(known), (ResourceKind::Project, name), |project| &project.name)?;
        Ok(found.map(|project| project.uid.clone()))
    }

    /// The clusters that no change after this one reaches.
    pub(super) fn clusters_at(&self, number: usize) -> impl Iterator<Item = &ClusterTransition> {
        self.clusters.iter().filter(move |cluster| cluster.last_step() == Some(number))
    }

    /// What is known of projects may be so no more.
    pub(super) fn forget_projects(&self) {
        *self.projects.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn users(&self) -> Result<&BTreeMap<Uid, UserName>, TargetError> {
        self.users.get(|| read::users(&self.reading()))
    }

    pub(super) fn teams(&self) -> Result<&Vec<wire::Team>, TargetError> {
        self.teams.get(|| read::teams(&self.reading()))
    }

    pub(super) fn roles(&self) -> Result<&BTreeMap<Uid, Role>, TargetError> {
        self.roles.get(|| read::roles(&self.reading()))
    }

    /// The projects in which the caller has a role of its own or through teams, at the first call.
    pub(super) fn own_projects(&self) -> Result<&BTreeSet<Uid>, TargetError> {
        self.own_projects.get(|| {
            let there = Holder::User(self.caller.clone()).read(&self.reading())?;
            let has_role =
                |one: &wire::RolesInProject| !(one.roles.is_empty() && one.inherited_roles.is_empty());
            Ok(there.projects.into_iter().filter(has_role).map(|project| project.uid).collect())
        })
    }
}

/// What is read once, by the first that asks for it.
struct Once<T> {
    kept: OnceLock<T>,
    reading: Mutex<()>,
}

impl<T> Once<T> {
    const fn new() -> Self {
        Self { kept: OnceLock::new(), reading: Mutex::new(()) }
    }

    fn get(&self, read: impl FnOnce() -> Result<T, TargetError>) -> Result<&T, TargetError> {
        let _turn = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let read = read()?;
        Ok(self.kept.get_or_init(|| read))
    }
}

fn session<'a>(client: &'a Client, go_on: &'a GoOn<'a>) -> Session<'a> {
    let deadline = client.clock().monotonic() + LONGEST;
    Session::new(client, Limits { deadline, go_on })
}
