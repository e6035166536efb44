//! One resource brought from what is recorded to what is desired. What is there decides: it is looked at before each
//! write and after it, and a write that nobody knows the outcome of is made again only if it has had no effect.

use super::super::client::{Created, Session, Written};
use super::work::Work;
use crate::targets::{TargetError, TargetErrorKind};

/// How often a write is made whose outcome is not known, and which has had no effect.
const TRIES: usize = 2;
/// Most writes of one step: one that needs more of them is undone by others.
const MOST: usize = 8;

/// What is there of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    /// It is as it is recorded.
    pub(super) is_before: bool,
    /// It is as it is desired.
    pub(super) is_after: bool,
}

/// What is there of a resource, and what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen<W> {
    pub(super) sides: Sides,
    pub(super) next: Next<W>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next<W> {
    Nothing,
    Write(W),
    /// It is neither, and not ours to change: why.
    Refuse(TargetError),
}

/// A resource on its way.
pub(super) trait Step {
    type Write: PartialEq;

    /// What is there. `done` is the write just before, if Palette has said that it was done.
    fn look(
        &self,
        session: &Session<'_>,
        done: Option<&Self::Write>,
    ) -> Result<Seen<Self::Write>, TargetError>;

    /// One write. An object is put as it was read just before, with nothing changed but what is ours.
    fn write(&self, session: &Session<'_>, write: &Self::Write) -> Result<Written, TargetError>;
}

/// Why a step did not come to its end.
#[derive(Clone, Debug)]
pub(super) enum StepError {
    /// Nothing was written: why.
    Skipped(String),
    Failed {
        error: TargetError,
        /// Whether it may be no longer as it was.
        is_touched: bool,
    },
}

impl From<TargetError> for StepError {
    /// Nothing was written yet.
    fn from(error: TargetError) -> Self {
        Self::Failed { error, is_touched: false }
    }
}

impl StepError {
    /// Whether something may be no longer as it was.
    pub(super) const fn is_touched(&self) -> bool {
        matches!(self, Self::Failed { is_touched: true, .. })
    }

    /// The same after earlier steps of the change, which may have written something.
    pub(super) fn after(self, was_touched: bool) -> Self {
        match self {
            Self::Failed { error, is_touched } => {
                Self::Failed { error, is_touched: is_touched || was_touched }
            }
            Self::Skipped(why) if was_touched => {
                Self::Failed { error: TargetError::unreachable(why), is_touched: true }
            }
            Self::Skipped(why) => Self::Skipped(why),
        }
    }
}

impl<W> Seen<W> {
    pub(super) const fn new(is_before: bool, is_after: bool, next: Next<W>) -> Self {
        Self { sides: Sides { is_before, is_after }, next }
    }
}

/// Brings a resource to where it is to be: whether anything was written for it.
pub(super) fn carry_out<S: Step>(step: &S, work: &Work<'_>) -> Result<bool, StepError> {
    let mut is_written = false;
    let mut last: Option<(S::Write, Result<(), TargetError>)> = None;
    let mut tries = 0;
    for _ in 0..MOST {
        let done = last.as_ref().filter(|(_, ended)| ended.is_ok()).map(|(write, _)| write);
        let seen = match step.look(&work.reading(), done) {
            Ok(seen) => seen,
            Err(error) => return Err(StepError::Failed { error, is_touched: is_written }),
        };
        let is_touched = is_written && !seen.sides.is_before;
        let failed = |error| Err(StepError::Failed { error, is_touched });
        let write = match seen.next {
            Next::Nothing => return Ok(is_written),
            Next::Refuse(error) => return failed(error),
            Next::Write(write) => write,
        };
        match last {
            Some((same, ended)) if same == write => match ended {
                Ok(()) => return failed(without_effect()),
                Err(error) if tries >= TRIES || error.kind != TargetErrorKind::Unreachable => {
                    return failed(error);
                }
                Err(_) => {}
            },
            _ => tries = 0,
        }
        match work.may_write() {
            Err(why) if is_touched => return failed(TargetError::unreachable(why)),
            Err(why) => return Err(StepError::Skipped(why)),
            Ok(()) => {}
        }
        tries += 1;
        let ended = match step.write(&work.writing(), &write) {
            Ok(Written::Done) => Ok(()),
            Ok(Written::Gone) => Err(TargetError::conflict("it was deleted by others meanwhile")),
            Ok(Written::Unknown(error)) => Err(error),
            Err(error) => return failed(error),
        };
        is_written = true;
        last = Some((write, ended));
    }
    let error = TargetError::conflict("others change it while it is changed here");
    Err(StepError::Failed { error, is_touched: is_written })
}

fn without_effect() -> TargetError {
    TargetError::refused("Palette has said that it was done, and it was not")
}

impl From<Created> for Written {
    fn from(created: Created) -> Self {
        match created {
            Created::Uid(_) => Self::Done,
            Created::Unknown(error) => Self::Unknown(error),
        }
    }
}
