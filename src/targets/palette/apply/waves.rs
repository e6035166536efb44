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
