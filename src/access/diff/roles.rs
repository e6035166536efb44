//! Roles that people gain and lose.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{AccessChange, AccessView, ProjectRoles, Renames, RoleHolder};
use crate::model::{Address, Name, Project, Subject};

/// A project before and after.
type Sides<'a> = (Option<&'a Project>, Option<&'a Project>);

pub(super) fn changes(
    (before, after): (&impl AccessView, &impl AccessView),
    changed_teams: &BTreeSet<&Name>,
    renames: &Renames<'_>,
) -> Vec<AccessChange> {
    let mut projects = BTreeMap::<(&Name, bool), Sides<'_>>::new();
    for view in before.projects() {
        let name = &view.project.name;
        let is_replaced = renames.is_replaced(name);
        projects.entry((renames.project(name), is_replaced)).or_default().0 = Some(view.project);
    }
    for view in after.projects() {
        projects.entry((&view.project.name, false)).or_default().1 = Some(view.project);
    }
    let mut all = Vec::new();
    for ((name, _), sides) in projects.into_iter().filter(|(_, sides)| may_differ(*sides, changed_teams)) {
        let had = sides.0.map(|project| ProjectRoles::of(before, project)).unwrap_or_default();
        let has = sides.1.map(|project| ProjectRoles::of(after, project)).unwrap_or_default();
        let lost = had.without(&has).map(|holder| (holder, false));
        let mut moved: Vec<_> = lost.chain(has.without(&had).map(|holder| (holder, true))).collect();
        moved.sort();
        all.extend(moved.into_iter().map(|(RoleHolder { user, role, through }, gained)| {
            AccessChange::Role { user, role, project: Address::Project(name.clone()), gained, through }
        }));
    }
    all
}

/// Whether people may have other roles: the same members come to the same people while their teams do.
fn may_differ((before, after): Sides<'_>, changed: &BTreeSet<&Name>) -> bool {
    let names_changed = |project: &Project| {
        project.members.iter().any(|member| match &member.subject {
            Subject::Team(team) => changed.contains(team),
            Subject::User(_) => false,
        })
    };
    before.map(|project| &project.members) != after.map(|project| &project.members)
        || after.is_some_and(names_changed)
}
