//! Which changes of a plan may go side by side.

use std::collections::BTreeSet;

use crate::model::ResourceKind;
use crate::plan::{Action, Change, Step};

/// The numbers of the changes in waves. Those of a wave are of one kind and need nothing of each other: what has a name
/// that another one gives up comes in a later wave. Changes of teams that are to come late come after all that is done to
/// projects before anything is deleted, one after the other.
pub(super) fn waves(steps: &[Step<'_>], is_late: impl Fn(&Change) -> bool) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = Vec::new();
    let mut late = Vec::new();
    let mut given_up = BTreeSet::new();
    for (number, step) in steps.iter().enumerate() {
        if is_late(step.change) {
            late.push(vec![number]);
            continue;
        }
        let is_of = |wave: &&mut Vec<usize>| class(steps[wave[0]].change) == class(step.change);
        let is_free = !given_up.contains(&step.change.address());
        if let Some(wave) = waves.last_mut().filter(is_of).filter(|_| is_free) {
            wave.push(number);
        } else {
            given_up.clear();
            waves.push(vec![number]);
        }
        given_up.extend(step.change.previous_address());
    }
    let is_early = |wave: &Vec<usize>| {
        matches!(class(steps[wave[0]].change), (ResourceKind::Team | ResourceKind::Project, false))
    };
    let behind = waves.iter().take_while(|wave| is_early(wave)).count();
    waves.splice(behind..behind, late);
    waves
}

/// What may go side by side: its kind, and whether it is deleted.
fn class(change: &Change) -> (ResourceKind, bool) {
    (change.address().kind(), change.action() == Action::Delete)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::waves;
    use crate::model::{Metadata, Name, Project, Team};
    use crate::plan::{Change, Resource, Step};

    fn team(name: &str) -> Resource {
        let name = Name::parse(name).unwrap();
        Resource::Team(Arc::new(Team { name, metadata: Metadata::default(), members: Vec::new() }))
    }

    fn renamed(before: &str, after: &str) -> Change {
        Change::update(team(before), team(after), None).unwrap()
    }

    fn project(name: &str) -> Resource {
        let name = Name::parse(name).unwrap();
        Resource::Project(Arc::new(Project { name, metadata: Metadata::default(), members: Vec::new() }))
    }

    /// Updates of the team `late` come late.
    fn waves_of(changes: &[Change]) -> Vec<Vec<usize>> {
        let steps: Vec<_> = changes.iter().map(|change| Step { change, effects: Vec::new() }).collect();
        waves(&steps, |change| change.after().is_some_and(|after| after.address() == team("late").address()))
    }

    #[test]
    fn what_takes_a_name_comes_after_what_gives_it_up() {
        assert_eq!(waves_of(&[renamed("b", "c"), renamed("a", "b")]), [vec![0], vec![1]]);
        let created = Change::create(team("b"), None);
        assert_eq!(waves_of(&[renamed("b", "c"), renamed("d", "e"), created]), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn what_needs_nothing_of_each_other_goes_side_by_side() {
        let created = |name| Change::create(team(name), None);
        let deleted = |name| Change::delete(team(name));
        assert_eq!(
            waves_of(&[created("a"), renamed("b", "c"), deleted("d"), deleted("e")]),
            [[0, 1], [2, 3]]
        );
        assert!(waves_of(&[]).is_empty());
    }

    #[test]
    fn what_comes_late_comes_after_projects_and_before_what_needs_teams() {
        let created = |resource| Change::create(resource, None);
        let (late, early) = (created(team("late")), created(team("a")));
        let deleted = Change::delete(project("q"));
        let all = [late.clone(), early.clone(), late.clone(), created(project("p")), deleted];
        assert_eq!(waves_of(&all), [[1], [3], [0], [2], [4]]);
        assert_eq!(waves_of(&[late, early]), [[1], [0]]);
    }
}
