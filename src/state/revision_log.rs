//! What each revision changed, the newest first. An entry names the digest of each project: only what differs from the
//! entry before is opened.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::entry::{Digest, Entry, Head};
use super::log::{AT_A_TIME, State};
use super::reader::Reader;
use super::renames::FirstNames;
use super::state_error::StateError;
use super::store::objects::each;
use super::tracked::{LoggedChange, Scope, Tracked};
use crate::model::{Address, Desired, Name, Recorded, RecordedProject, Team};
use crate::plan::diff_of_history;

/// A revision, and what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRevision {
    pub head: Head,
    pub changes: Vec<LoggedChange>,
}

/// The revisions of a state, the newest first; of an address those alone that changed it, under whatever name it had.
pub struct RevisionLog<'a> {
    state: &'a State<'a>,
    /// The numbers of those that are not read yet, in order.
    unread: Vec<u64>,
    /// The oldest entry that was read.
    oldest: Option<Head>,
    since: Option<Timestamp>,
    tracked: Option<Tracked>,
    ready: VecDeque<LoggedRevision>,
    /// What the last objects are that were read.
    objects: Objects,
}

impl std::fmt::Debug for RevisionLog<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RevisionLog").field("unread", &self.unread).finish_non_exhaustive()
    }
}

impl<'a> RevisionLog<'a> {
    /// The revisions of this time and later, of a resource or of all.
    ///
    /// # Errors
    /// When the state cannot be read or is damaged.
    pub fn read(
        state: &'a State<'a>,
        since: Option<Timestamp>,
        address: Option<&Address>,
    ) -> Result<Self, StateError> {
        let unread = state.revisions();
        let tracked = address.map(|address| Tracked::new(state, &unread, address)).transpose()?;
        Ok(Self {
            state,
            unread,
            oldest: None,
            since,
            tracked,
            ready: VecDeque::new(),
            objects: Objects::default(),
        })
    }

    /// Reads on.
    fn fill(&mut self) -> Result<(), StateError> {
        let from = self.unread.len().saturating_sub(AT_A_TIME);
        let numbers: Vec<_> = self.unread.drain(from..).rev().collect();
        let mut heads: VecDeque<_> = self.heads(&numbers)?.into();
        if !heads.iter().any(|head| self.is_wanted(head)) {
            // One time that is wrong hides nothing; so many are not.
            self.unread.clear();
            return Ok(());
        }
        let mut steps = Vec::new();
        let mut objects = 0;
        while let Some(head) = heads.pop_front() {
            let before = heads.front().map(|head| &head.entry).filter(|entry| entry.number > 0);
            let mut step = Step { touched: Touched::default(), is_wanted: self.is_wanted(&head), head };
            if step.is_wanted || self.tracked.is_some() {
                step.touched = Touched::of(&step.head.entry, before);
            }
            if let Some(tracked) = &mut self.tracked {
                step.touched.retain(&tracked.scope_of(&step.head.entry));
            }
            objects += step.touched.len();
            let is_oldest = heads.len() <= 1;
            if is_oldest {
                self.oldest = heads.pop_front();
            }
            steps.push(step);
            if objects >= AT_A_TIME || is_oldest {
                self.tell(std::mem::take(&mut steps))?;
                objects = 0;
            }
        }
        Ok(())
    }

    fn is_wanted(&self, head: &Head) -> bool {
        let time = head.entry.time.parse::<Timestamp>();
        self.since.is_none_or(|since| time.is_ok_and(|time| time >= since))
    }

    /// The entries of these numbers, the newest first, and the one before them.
    fn heads(&mut self, numbers: &[u64]) -> Result<Vec<Head>, StateError> {
        let before = numbers.last().and_then(|number| number.checked_sub(1));
        let known = self.oldest.take().filter(|head| Some(head.entry.number) == numbers.first().copied());
        let unread: Vec<_> =
            numbers.iter().copied().skip(usize::from(known.is_some())).chain(before).collect();
        let reader = Reader { store: self.state.store() };
        let read = each(self.state.store(), &unread, |number| reader.entry(*number));
        known.map(Ok).into_iter().chain(read).collect()
    }

    /// Compares each step with what was before it.
    fn tell(&mut self, steps: Vec<Step>) -> Result<(), StateError> {
        self.objects.read(self.state, &steps)?;
        for Step { head, touched, is_wanted } in steps {
            let (before, after) =
                (self.objects.recorded(&touched.before), self.objects.recorded(&touched.after));
            let mut desired = Desired::from(&after);
            FirstNames::before(&head.entry).name(&mut desired);
            let mut changes: Vec<_> =
                diff_of_history(&before, &desired).iter().map(LoggedChange::from).collect();
            if let Some(tracked) = &mut self.tracked {
                tracked.keep(&mut changes, &after);
                if changes.is_empty() {
                    continue;
                }
            }
            if is_wanted {
                self.ready.push_back(LoggedRevision { head, changes });
            }
        }
        Ok(())
    }
}

impl Iterator for RevisionLog<'_> {
    type Item = Result<LoggedRevision, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(revision) = self.ready.pop_front() {
                return Some(Ok(revision));
            }
            if self.unread.is_empty() {
                return None;
            }
            if let Err(error) = self.fill() {
                self.unread.clear();
                return Some(Err(error));
            }
        }
    }
}

/// A revision, and the objects in which it differs from the one before.
struct Step {
    head: Head,
    touched: Touched,
    is_wanted: bool,
}

/// Digests of projects by name, and of the teams.
#[derive(Default)]
struct Side {
    projects: BTreeMap<String, Digest>,
    teams: Option<Digest>,
}

#[derive(Default)]
struct Touched {
    before: Side,
    after: Side,
}

impl Touched {
    fn of(entry: &Entry, before: Option<&Entry>) -> Self {
        let objects = |entry: &Entry| {
            let projects =
                entry.projects.iter().map(|(name, project)| (name.clone(), project.object.clone()));
            let teams = entry.teams.as_ref().map(|teams| teams.object.clone());
            Side { projects: projects.collect(), teams }
        };
        let mut touched = Self { before: before.map(objects).unwrap_or_default(), after: objects(entry) };
        let Self { before, after } = &mut touched;
        before.projects.retain(|name, object| match after.projects.get(name) {
            Some(other) if other == object => {
                after.projects.remove(name);
                false
            }
            _ => true,
        });
        if before.teams == after.teams {
            (before.teams, after.teams) = (None, None);
        }
        touched
    }

    fn len(&self) -> usize {
        let Self { before, after } = self;
        before.projects.len() + after.projects.len()
    }

    /// Leaves out what is not asked for.
    fn retain(&mut self, scope: &Scope) {
        for side in [&mut self.before, &mut self.after] {
            side.projects.retain(|name, _| scope.projects.contains(name.as_str()));
            if !scope.teams {
                side.teams = None;
            }
        }
    }
}

/// The objects that the last steps named.
#[derive(Default)]
struct Objects {
    projects: BTreeMap<(String, Digest), RecordedProject>,
    teams: BTreeMap<Digest, BTreeMap<Name, Team>>,
}

impl Objects {
    /// Reads what steps name; what they do not name is let go.
    fn read(&mut self, state: &State<'_>, steps: &[Step]) -> Result<(), StateError> {
        let sides = || steps.iter().flat_map(|step| [&step.touched.before, &step.touched.after]);
        let projects: BTreeSet<_> = sides().flat_map(|side| &side.projects).collect();
        let teams: BTreeSet<_> = sides().filter_map(|side| side.teams.as_ref()).collect();
        self.projects.retain(|(name, object), _| projects.contains(&(name, object)));
        self.teams.retain(|object, _| teams.contains(object));
        let reader = Reader { store: state.store() };
        let unread = |(name, object): &(&String, &Digest)| {
            !self.projects.contains_key(&(String::clone(name), Digest::clone(object)))
        };
        let unread: Vec<_> = projects.into_iter().filter(unread).collect();
        let read = each(state.store(), &unread, |(name, object)| reader.project(name, object));
        for ((name, object), project) in unread.into_iter().zip(read) {
            self.projects.insert((name.clone(), object.clone()), project?);
        }
        let unread: Vec<_> = teams.into_iter().filter(|object| !self.teams.contains_key(*object)).collect();
        let read = each(state.store(), &unread, |object| reader.teams(object));
        for (object, teams) in unread.into_iter().zip(read) {
            self.teams.insert(object.clone(), teams?);
        }
        Ok(())
    }

    fn recorded(&self, side: &Side) -> Recorded {
        let project = |(name, object): (&String, &Digest)| {
            let project = self.projects.get(&(name.clone(), object.clone()))?;
            Some((project.project.name.clone(), project.clone()))
        };
        Recorded {
            teams: side.teams.as_ref().and_then(|object| self.teams.get(object)).cloned().unwrap_or_default(),
            projects: side.projects.iter().filter_map(project).collect(),
        }
    }
}
