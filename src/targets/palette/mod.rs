//! The target `palette`: what is recorded is there as Spectro Cloud Palette has it, over its REST API.
//!
//! Palette's own uids are found afresh by names in each run, and none is recorded. What is not recorded is never
//! changed and never deleted.

mod apply;
pub mod client;
pub mod drift;
pub mod observed;
pub mod read;
mod uid;
pub mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

pub use uid::Uid;

use crate::http::{GoOn, Limits};
use crate::model::{Address, Place, Recorded, Subject, TeamMembers};
use crate::plan::Delivery;
use crate::targets::{Delivered, Observation, Progress, Target, TargetError};
use apply::Account;
use client::{Client, Session};
use observed::Tenant;
use read::{Subjects, Wanted};

/// The longest time that one look at Palette may take.
const LONGEST: Duration = Duration::from_hours(1);

/// The target `palette`.
pub struct Palette {
    client: Client,
    teams: TeamMembers,
    may_remove_own_role: bool,
}

impl Palette {
    #[must_use]
    pub const fn new(client: Client, teams: TeamMembers) -> Self {
        Self { client, teams, may_remove_own_role: false }
    }

    /// Whether an apply may take the last role in a project from the user whose API key it is.
    #[must_use]
    pub fn removing_own_role(self, may_remove_own_role: bool) -> Self {
        Self { may_remove_own_role, ..self }
    }

    const fn account(&self) -> Account<'_> {
        let Self { client, teams, may_remove_own_role } = self;
        Account { client, members: *teams, may_remove_own_role: *may_remove_own_role }
    }

    /// What Palette has of what is wanted.
    ///
    /// # Errors
    /// When the API key is not taken, or is of another tenant, or when it does not answer.
    pub fn look(&self, wanted: &Wanted, go_on: &GoOn<'_>) -> Result<Tenant, TargetError> {
        let limits = Limits { deadline: self.client.clock().monotonic() + LONGEST, go_on };
        read::read(&Session::new(&self.client, limits), wanted)
    }
}

impl Target for Palette {
    fn apply(&self, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
        apply::apply(self.account(), delivery, progress)
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        apply::observe(self.account(), delivery)
    }

    /// Each resource is a place of its own.
    fn drift(
        &self,
        recorded: &Recorded,
        selected: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError> {
        let tenant = self.look(&in_question(recorded, selected), &|| progress.go_on())?;
        Ok(drift::drift(&tenant, recorded, selected, self.teams))
    }
}

/// What has to be read for these resources.
fn in_question(recorded: &Recorded, selected: &BTreeSet<Address>) -> Wanted {
    let projects: BTreeSet<_> = selected
        .iter()
        .filter_map(|address| match address {
            Address::Project(project) | Address::Key(project, _) | Address::Cluster(project, _) => {
                Some(project.to_string())
            }
            Address::Team(_) => None,
        })
        .collect();
    let homes = recorded.projects.iter().filter(|(name, _)| projects.contains(name.as_str()));
    let members = homes.flat_map(|(_, home)| &home.project.members);
    let subjects: BTreeSet<Subject> = members.map(|member| member.subject.clone()).collect();
    let kinds = selected.iter().map(Address::kind).collect();
    Wanted { projects: Some(projects), subjects: Subjects::These(subjects), kinds }
}
