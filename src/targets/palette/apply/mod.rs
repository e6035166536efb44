//! Brings Palette to what is desired, change by change in the order of the plan. What is there decides what is sent:
//! nothing where it is as desired, and nothing either where others have changed it.

mod keys;
mod names;
mod step;
mod work;

use super::client::Client;
use crate::model::{Address, Name};
use crate::plan::{Blocked, Change, Delivery, Resource};
use crate::targets::{Delivered, Observation, Outcome, Progress, TargetError, TargetErrorKind};
use keys::KeyStep;
use step::{Step, Undone, carry_out};
use work::{ALWAYS, Work};

/// How far the resource of a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progressed {
    Before,
    Between,
    After,
}

/// What remains of a change that was not done.
struct Left {
    outcome: Outcome,
    partially_applied: Vec<Resource>,
}

pub(super) fn apply(client: &Client, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
    let go_on = || progress.go_on();
    let work = Work::new(client, &go_on, delivery);
    let refusal = work.refusal(delivery).err();
    let mut blocked = Blocked::default();
    let mut delivered = Delivered::default();
    for step in &delivery.steps {
        let ended = match (&refusal, blocked.needed_by(step.change)) {
            (Some(error), _) => Err(Left::untouched(Outcome::Failed(error.clone()))),
            (None, Some(address)) => {
                Err(Left::untouched(Outcome::Skipped(format!("`{address}` could not be changed"))))
            }
            (None, None) => work.change(step.change),
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

/// # Errors
/// When Palette does not tell.
pub(super) fn observe(client: &Client, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
    let work = Work::new(client, ALWAYS, delivery);
    work.reading().preflight()?;
    let mut blocked = Blocked::default();
    let mut observation = Observation::default();
    for step in &delivery.steps {
        let progressed = work.progressed(step.change)?;
        let is_done = progressed == Progressed::After && blocked.needed_by(step.change).is_none();
        if !is_done {
            blocked.add(step.change);
        }
        if progressed == Progressed::Between {
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

impl Work<'_> {
    /// Why nothing of the plan is begun.
    fn refusal(&self, delivery: &Delivery<'_>) -> Result<(), TargetError> {
        if let Some(change) =
            delivery.steps.iter().map(|step| step.change).find(|change| !is_supported(change))
        {
            let why = format!(
                "keyplan does not change this in Palette yet: `{}`; nothing was begun",
                change.address()
            );
            return Err(TargetError::new(TargetErrorKind::Unsupported, why));
        }
        self.reading().preflight().map(drop)
    }

    fn change(&self, change: &Change) -> Result<(), Left> {
        self.may_write().map_err(|why| Left::untouched(Outcome::Skipped(why)))?;
        let failed = |error| Left::untouched(Outcome::Failed(error));
        match change.after().or(change.before()) {
            Some(Resource::Key(_)) => {
                let step = self.key(change).map_err(failed)?;
                carry_out(&step, self).map(drop).map_err(|undone| Left::of(change, undone))
            }
            Some(Resource::Team(_) | Resource::Project(_) | Resource::Cluster(_)) | None => Ok(()),
        }
    }

    fn progressed(&self, change: &Change) -> Result<Progressed, TargetError> {
        match change.after().or(change.before()) {
            Some(Resource::Key(_)) => progressed(&self.key(change)?, self),
            Some(Resource::Team(_) | Resource::Project(_) | Resource::Cluster(_)) | None => {
                Ok(Progressed::Before)
            }
        }
    }

    fn key<'b>(&self, change: &'b Change) -> Result<KeyStep<'b>, TargetError> {
        let key = |resource: Option<&'b Resource>| match resource {
            Some(Resource::Key(key)) => Some(key),
            _ => None,
        };
        let (before, after) = (key(change.before()), key(change.after()));
        let address = change.address();
        let Address::Key(project, _) = &address else {
            return Err(TargetError::refused(format!("`{address}` is no key")));
        };
        let after_address = change.after().map(Resource::address);
        let places = change.before().map(|before| self.names.places(before, after_address.as_ref()));
        let name = |address| match address {
            Address::Key(_, name) => Some(name),
            Address::Team(_) | Address::Project(_) | Address::Cluster(..) => None,
        };
        Ok(KeyStep {
            scope: self.scope(project)?,
            before,
            after,
            names: places.into_iter().flatten().filter_map(name).collect(),
            may_replace: self.names.is_stray(&address),
            taken: self.names.given_beside(&address),
            clusters: self.names.clusters(project),
        })
    }
}

fn progressed<S: Step>(step: &S, work: &Work<'_>) -> Result<Progressed, TargetError> {
    let seen = step.look(&work.reading(), None)?;
    Ok(match (seen.is_before, seen.is_after) {
        (_, true) => Progressed::After,
        (true, false) => Progressed::Before,
        (false, false) => Progressed::Between,
    })
}

/// Whether all of a change can be done.
fn is_supported(change: &Change) -> bool {
    match (change.before(), change.after()) {
        (Some(Resource::Key(before)), Some(Resource::Key(after))) => {
            change.reach.is_empty() || before.public_key.fingerprint() == after.public_key.fingerprint()
        }
        (None, Some(Resource::Key(_))) | (Some(Resource::Key(_)), None) => true,
        _ => false,
    }
}
