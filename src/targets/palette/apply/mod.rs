//! Brings Palette to what is desired, change by change in the order of the plan. What is there decides what is sent:
//! nothing where it is as desired, and nothing either where others have changed it.

mod changes;
mod keys;
mod members;
mod membership;
mod names;
mod people;
mod projects;
mod step;
mod teams;
mod work;

use crate::model::Name;
use crate::plan::{Blocked, Change, Delivery, Resource};
use crate::targets::{Delivered, Observation, Outcome, Progress, TargetError, TargetErrorKind};
use changes::{change, sides};
use step::{Sides, Undone};
pub(super) use work::Account;
use work::{ALWAYS, Work};

/// What remains of a change that was not done.
struct Left {
    outcome: Outcome,
    partially_applied: Vec<Resource>,
}

pub(super) fn apply(account: Account<'_>, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
    let go_on = || progress.go_on();
    let work = are_supported(delivery).and_then(|()| Work::begin(account, &go_on, delivery));
    let mut blocked = Blocked::default();
    let mut delivered = Delivered::default();
    for step in &delivery.steps {
        let ended = match (&work, blocked.needed_by(step.change)) {
            (Err(error), _) => Err(Left::untouched(Outcome::Failed(error.clone()))),
            (Ok(_), Some(address)) => {
                Err(Left::untouched(Outcome::Skipped(format!("`{address}` could not be changed"))))
            }
            (Ok(work), None) => done(work, step.change),
        };
        delivered.outcomes.push(match ended {
            Ok(()) => Outcome::Applied,
            Err(left) => {
                delivered.partially_applied.extend(left.partially_applied);
                blocked.add(step.change);
                left.outcome
            }
        });
        progress.done();
    }
    delivered
}

fn done(work: &Work<'_>, one: &Change) -> Result<(), Left> {
    work.may_write().map_err(|why| Left::untouched(Outcome::Skipped(why)))?;
    change(work, one).map_err(|undone| Left::of(one, undone))
}

/// # Errors
/// When Palette does not tell.
pub(super) fn observe(account: Account<'_>, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
    let work = Work::begin(account, ALWAYS, delivery)?;
    let mut blocked = Blocked::default();
    let mut observation = Observation::default();
    for step in &delivery.steps {
        let Sides { is_before, is_after } = sides(&work, step.change)?;
        let is_done = is_after && blocked.needed_by(step.change).is_none();
        if !is_done {
            blocked.add(step.change);
        }
        if !is_before && !is_after {
            observation.partially_applied.extend(step.change.partially_applied(&Name::clone));
        }
        observation.done.push(is_done);
    }
    Ok(observation)
}

impl Left {
    const fn untouched(outcome: Outcome) -> Self {
        Self { outcome, partially_applied: Vec::new() }
    }

    fn of(change: &Change, undone: Undone) -> Self {
        match undone {
            Undone::Skipped(why) => Self::untouched(Outcome::Skipped(why)),
            Undone::Failed { error, is_touched } => Self {
                outcome: Outcome::Failed(error),
                partially_applied: change
                    .partially_applied(&Name::clone)
                    .filter(|_| is_touched)
                    .into_iter()
                    .collect(),
            },
        }
    }
}

/// Why nothing of the plan is begun.
fn are_supported(delivery: &Delivery<'_>) -> Result<(), TargetError> {
    let mut changes = delivery.steps.iter().map(|step| step.change);
    match changes.find(|change| !is_supported(change)) {
        None => Ok(()),
        Some(change) => {
            let address = change.address();
            let why =
                format!("keyplan does not change clusters in Palette yet: `{address}`; nothing was begun");
            Err(TargetError::new(TargetErrorKind::Unsupported, why))
        }
    }
}

/// Whether all of a change can be done.
fn is_supported(change: &Change) -> bool {
    match (change.before(), change.after()) {
        (_, Some(Resource::Cluster(_))) | (Some(Resource::Cluster(_)), None) => false,
        (Some(Resource::Key(before)), Some(Resource::Key(after))) => {
            change.reach.is_empty() || before.public_key.fingerprint() == after.public_key.fingerprint()
        }
        _ => true,
    }
}
