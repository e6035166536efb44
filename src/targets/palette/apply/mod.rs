//! Brings Palette to what is desired, change by change in the order of the plan. What is there decides what is sent:
//! nothing where it is as desired, and nothing either where others have changed it.

mod changes;
mod cluster_changes;
mod clusters;
mod key_limit;
mod keys;
mod members;
mod membership;
mod names;
mod own_role;
mod people;
mod permissions;
mod projects;
mod step;
mod teams;
mod work;

use crate::model::Name;
use crate::plan::{Blocked, Change, Delivery};
use crate::targets::{Delivered, Observation, Outcome, Progress, TargetError};
use changes::{Ended, change, look};
use cluster_changes::left;
use step::{Sides, StepError};
pub(super) use work::Account;
use work::{ALWAYS, Work};

pub(super) fn apply(account: Account<'_>, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
    let go_on = || progress.go_on();
    let work = Work::begin(account, &go_on, delivery);
    let mut blocked = Blocked::default();
    let mut delivered = Delivered::default();
    if let Some(outcomes) = work.as_ref().ok().and_then(|work| permissions::refused(work, delivery)) {
        for _ in &outcomes {
            progress.done();
        }
        return Delivered { outcomes, ..delivered };
    }
    for (number, step) in delivery.steps.iter().enumerate() {
        let outcome = match (&work, blocked.needed_by(step.change)) {
            (Err(error), _) => Outcome::Failed(error.clone()),
            (Ok(work), Some(address)) => {
                delivered.partially_applied.extend(left(work, number));
                Outcome::Skipped(format!("`{address}` could not be changed"))
            }
            (Ok(work), None) => outcome(work, step.change, number, &mut delivered),
        };
        if outcome != Outcome::Applied {
            blocked.add(step.change);
        }
        delivered.outcomes.push(outcome);
        progress.done();
    }
    delivered
}

fn outcome(work: &Work<'_>, one: &Change, number: usize, delivered: &mut Delivered) -> Outcome {
    if let Err(why) = work.may_write() {
        delivered.partially_applied.extend(left(work, number));
        return Outcome::Skipped(why);
    }
    let Ended { undone, partially_applied, notes } = change(work, one, number);
    delivered.notes.extend(notes);
    match undone {
        None => Outcome::Applied,
        Some(StepError::Skipped(why)) => {
            delivered.partially_applied.extend(partially_applied);
            Outcome::Skipped(why)
        }
        Some(StepError::Failed { error, is_touched }) => {
            let own = one.partially_applied(&Name::clone).filter(|_| is_touched);
            delivered.partially_applied.extend(own.into_iter().chain(partially_applied));
            Outcome::Failed(error)
        }
    }
}

/// # Errors
/// When Palette does not tell.
pub(super) fn observe(account: Account<'_>, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
    let work = Work::begin(account, ALWAYS, delivery)?;
    let mut blocked = Blocked::default();
    let mut observation = Observation::default();
    for (number, step) in delivery.steps.iter().enumerate() {
        let (Sides { is_before, is_after }, touched) = look(&work, step.change, number)?;
        let is_done = is_after && blocked.needed_by(step.change).is_none();
        if !is_done {
            blocked.add(step.change);
        }
        if !is_before && !is_after {
            observation.partially_applied.extend(step.change.partially_applied(&Name::clone));
        }
        observation.partially_applied.extend(touched);
        observation.done.push(is_done);
    }
    Ok(observation)
}
