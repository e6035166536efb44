//! Brings Palette to what is desired, in the order of the plan: what needs nothing of each other goes side by side.
//! What is there decides what is sent: nothing where it is as desired, and nothing either where others have changed it.

mod changes;
mod cluster_changes;
mod clusters;
mod holder;
mod key_limit;
mod keys;
mod members;
mod membership;
mod names;
mod own_role;
mod people;
mod permissions;
mod project_changes;
mod projects;
mod step;
mod teams;
mod waves;
mod work;

use std::collections::BTreeMap;

use crate::model::Name;
use crate::plan::{Blocked, Change, Delivery};
use crate::targets::{Delivered, Observation, Outcome, Progress, TargetError};
use changes::{Ended, carry_out_wave, look};
use cluster_changes::left;
use step::{Sides, StepError};
use waves::waves;
pub(super) use work::Account;
use work::{ALWAYS, Work};

pub(super) fn apply(account: Account<'_>, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
    let go_on = || progress.go_on();
    let not_begun = |outcomes: Vec<Outcome>| {
        for _ in &outcomes {
            progress.done();
        }
        Delivered { outcomes, ..Delivered::default() }
    };
    let work = match Work::begin(account, &go_on, delivery) {
        Ok(work) => work,
        Err(error) => return not_begun(vec![Outcome::Failed(error); delivery.steps.len()]),
    };
    if let Some(outcomes) = permissions::refused(&work, delivery) {
        return not_begun(outcomes);
    }
    own_role::remember(&work, delivery.steps.iter().map(|step| step.change));
    let mut blocked = Blocked::default();
    let mut delivered = Delivered::default();
    let mut outcomes = BTreeMap::new();
    for wave in waves(&delivery.steps, |change| own_role::may_leave(&work, change)) {
        let changes: Vec<_> = wave.iter().map(|number| (*number, delivery.steps[*number].change)).collect();
        outcomes.extend(wave.iter().copied().zip(apply_wave(
            &work,
            &changes,
            &mut blocked,
            &mut delivered,
            progress,
        )));
    }
    delivered.outcomes = outcomes.into_values().collect();
    delivered
}

/// Does the changes of a wave, but for those that need something that was not done: their outcomes.
fn apply_wave(
    work: &Work<'_>,
    wave: &[(usize, &Change)],
    blocked: &mut Blocked,
    delivered: &mut Delivered,
    progress: &dyn Progress,
) -> Vec<Outcome> {
    let needed: Vec<_> = wave.iter().map(|(_, change)| blocked.needed_by(change)).collect();
    let ready: Vec<_> =
        wave.iter().zip(&needed).filter(|(_, needed)| needed.is_none()).map(|(change, _)| *change).collect();
    let mut ended = carry_out_wave(work, &ready, progress).into_iter();
    let mut outcomes = Vec::with_capacity(wave.len());
    for ((number, change), needed) in wave.iter().zip(needed) {
        let outcome = match needed {
            None => ended.next().map_or(Outcome::Applied, |ended| outcome(change, ended, delivered)),
            Some(address) => {
                progress.done();
                delivered.partially_applied.extend(left(work, *number));
                Outcome::Skipped(format!("`{address}` could not be changed"))
            }
        };
        if outcome != Outcome::Applied {
            blocked.add(change);
        }
        outcomes.push(outcome);
    }
    outcomes
}

fn outcome(change: &Change, ended: Ended, delivered: &mut Delivered) -> Outcome {
    let Ended { undone, partially_applied, notes } = ended;
    delivered.notes.extend(notes);
    let Some(undone) = undone else { return Outcome::Applied };
    if undone.is_touched() {
        delivered.partially_applied.extend(change.partially_applied(&Name::clone));
    }
    delivered.partially_applied.extend(partially_applied);
    match undone {
        StepError::Skipped(why) => Outcome::Skipped(why),
        StepError::Failed { error, .. } => Outcome::Failed(error),
    }
}

/// # Errors
/// When Palette does not tell.
pub(super) fn observe(account: Account<'_>, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
    let work = Work::begin(account, ALWAYS, delivery)?;
    let mut blocked = Blocked::default();
    let mut observation = Observation::default();
    let mut done = BTreeMap::new();
    for number in waves(&delivery.steps, |change| own_role::may_leave(&work, change)).into_iter().flatten() {
        let step = &delivery.steps[number];
        let (Sides { is_before, is_after }, touched) = look(&work, step.change, number)?;
        let is_done = is_after && blocked.needed_by(step.change).is_none();
        if !is_done {
            blocked.add(step.change);
        }
        if !is_before && !is_after {
            observation.partially_applied.extend(step.change.partially_applied(&Name::clone));
        }
        observation.partially_applied.extend(touched);
        done.insert(number, is_done);
    }
    observation.done = done.into_values().collect();
    Ok(observation)
}
