//! Which changes of a plan may go side by side.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::plan::{Action, Step};

/// The numbers of the changes in waves. Those of a wave are of one kind and need nothing of each other: what has a name
/// that another one gives up comes in a later wave.
pub(super) fn waves(steps: &[Step<'_>]) -> Vec<Range<usize>> {
    let mut waves: Vec<Range<usize>> = Vec::new();
    let mut given_up = BTreeSet::new();
    let class = |number: usize| {
        let change = steps[number].change;
        (change.address().kind(), change.action() == Action::Delete)
    };
    for (number, step) in steps.iter().enumerate() {
        let is_of = |wave: &&mut Range<usize>| class(wave.start) == class(number);
        let is_free = !given_up.contains(&step.change.address());
        if let Some(wave) = waves.last_mut().filter(is_of).filter(|_| is_free) {
            wave.end = number + 1;
        } else {
            given_up.clear();
            waves.push(number..number + 1);
        }
        given_up.extend(step.change.previous_address());
    }
    waves
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::waves;
    use crate::model::{Metadata, Name, Team};
    use crate::plan::{Change, Resource, Step};

    fn team(name: &str) -> Resource {
        let name = Name::parse(name).unwrap();
        Resource::Team(Arc::new(Team { name, metadata: Metadata::default(), members: Vec::new() }))
    }

    fn renamed(before: &str, after: &str) -> Change {
        Change::update(team(before), team(after), None).unwrap()
    }

    fn waves_of(changes: &[Change]) -> Vec<std::ops::Range<usize>> {
        waves(&changes.iter().map(|change| Step { change, effects: Vec::new() }).collect::<Vec<_>>())
    }

    #[test]
    fn what_takes_a_name_comes_after_what_gives_it_up() {
        assert_eq!(waves_of(&[renamed("b", "c"), renamed("a", "b")]), [0..1, 1..2]);
        let created = Change::create(team("b"), None);
        assert_eq!(waves_of(&[renamed("b", "c"), renamed("d", "e"), created]), [0..2, 2..3]);
    }

    #[test]
    fn what_needs_nothing_of_each_other_goes_side_by_side() {
        let created = |name| Change::create(team(name), None);
        let deleted = |name| Change::delete(team(name));
        assert_eq!(waves_of(&[created("a"), renamed("b", "c"), deleted("d"), deleted("e")]), [0..2, 2..4]);
        assert!(waves_of(&[]).is_empty());
    }
}
