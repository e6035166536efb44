//! The guard `protected-resource`: what is recorded as protected is not deleted, nor left empty.

use std::collections::BTreeSet;

use super::{Action, Change, Guard, GuardRule, Resource};
use crate::access::{ProjectRoles, Renames};
use crate::model::{Address, Desired, Recorded, Role};

/// What a protected resource would be left without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftWithout {
    /// By its new name.
    pub address: Address,
    /// As in "would be left without A KEY".
    pub what: &'static str,
}

const MEMBERS: &str = "members";

/// The protected projects that have members or a Project Admin, and are left without: by their own list of members, or
/// by that of a team.
#[must_use]
pub fn projects_left_without(
    (recorded, desired): (&Recorded, &Desired),
    changes: &[Change],
    renames: &Renames<'_>,
) -> Vec<LeftWithout> {
    let deleted = changes.iter().filter(|change| change.action() == Action::Delete);
    let deleted: BTreeSet<_> = deleted.map(Change::address).collect();
    let protected = recorded.projects.values().map(|home| &home.project);
    let protected = protected.filter(|project| project.metadata.protected);
    let left = protected.filter_map(|before| {
        let after = &desired.projects.get(renames.project(&before.name))?.project.value;
        let is_deleted = deleted.contains(&Address::Project(before.name.clone()));
        let (had, has) = (ProjectRoles::of(recorded, before), ProjectRoles::of(desired, after));
        let what = lost(&had, &has).filter(|_| !is_deleted)?;
        Some(LeftWithout { address: Address::Project(after.name.clone()), what })
    });
    left.collect()
}

fn lost(had: &ProjectRoles, has: &ProjectRoles) -> Option<&'static str> {
    let has_admin = |roles: &ProjectRoles| roles.iter().any(|holder| holder.role == Role::ProjectAdmin);
    if !had.users().is_empty() && has.users().is_empty() {
        return Some(MEMBERS);
    }
    (has_admin(had) && !has_admin(has)).then_some("a Project Admin")
}

/// The protected cluster that loses its key, or the protected team its members.
fn left_without(change: &Change) -> Option<LeftWithout> {
    let what = match (change.before()?, change.after()?) {
        (Resource::Cluster(before), Resource::Cluster(after)) => {
            (before.ssh_key.is_some() && after.ssh_key.is_none()).then_some("a key")
        }
        (Resource::Team(before), Resource::Team(after)) => {
            (!before.members.is_empty() && after.members.is_empty()).then_some(MEMBERS)
        }
        (Resource::Cluster(_) | Resource::Team(_) | Resource::Project(_) | Resource::Key(_), _) => None,
    };
    let what = what.filter(|_| change.before().is_some_and(Resource::is_protected))?;
    Some(LeftWithout { address: change.address(), what })
}

/// The guard, where any of these changes leaves nothing of what is protected, or too little.
pub(super) fn protected(changes: &[Change], projects: &[LeftWithout]) -> Option<Guard> {
    let deleted = changes.iter().filter(|change| change.action() == Action::Delete);
    let deleted = deleted.filter(|change| change.before().is_some_and(Resource::is_protected));
    let deleted: Vec<_> = deleted.map(Change::address).collect();
    let left: Vec<_> = projects.iter().cloned().chain(changes.iter().filter_map(left_without)).collect();
    let (mut sentences, mut help) = (Vec::new(), Vec::new());
    if let Some(first) = deleted.first() {
        sentences.push(match deleted.len() {
            1 => format!("{first} is protected and would be deleted"),
            number => format!("{first} and {} more are protected and would be deleted", number - 1),
        });
        help.push("declare it again with `protected: false`, apply that, and then delete the declaration");
    }
    if !left.is_empty() {
        sentences.extend(told(&left));
        help.push("to leave it without, set `protected: false` in an apply of its own first");
    }
    (!sentences.is_empty()).then(|| Guard {
        rule: GuardRule::ProtectedResource,
        summary: sentences.join("; "),
        help: help.join("; "),
        addresses: deleted.into_iter().chain(left.into_iter().map(|left| left.address)).collect(),
    })
}

/// How many are told one by one.
const MOST: usize = 3;

fn told(left: &[LeftWithout]) -> Vec<String> {
    let sentence = |LeftWithout { address, what }: &LeftWithout| {
        format!("{address} is protected and would be left without {what}")
    };
    let mut told: Vec<_> = left.iter().take(MOST).map(sentence).collect();
    match left.len().saturating_sub(MOST) {
        0 => {}
        more => told.push(format!("and {more} more")),
    }
    told
}
