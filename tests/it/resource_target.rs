//! A target in memory for projects, teams, keys and clusters, as an API over HTTP is: each resource is read before it is
//! written, a project takes two writes, and every call may fail, lose its answer, or be the last one.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use keyplan::apply::{ApplyMonitor, Cancellation, Outcome, TargetError, TargetErrorKind};
use keyplan::model::{
    Address, Differences, Edited, FieldDifference, Name, Observed, Place, Recorded, ResourceKind,
};
use keyplan::plan::{Blocked, Change, Delivery, FieldChange, FieldValue, Resource, Step};
use keyplan::state::Clock;
use keyplan::state::lease::LEASE;
use keyplan::targets::{Delivered, Observation, Progress, Target};

/// What a killed keyplan leaves: nothing but its name.
pub(crate) struct Killed;

/// What goes wrong, and at which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It does nothing, and says so.
    Fail(usize, TargetErrorKind),
    /// It is done, and nobody hears of it.
    LoseAnswer(usize),
    /// The same, and no later call is answered.
    GoAway(usize),
    KillBefore(usize),
    KillAfter(usize),
    /// The machine sleeps for longer than the lease.
    Sleep(usize),
}

#[derive(Default)]
struct Inner {
    truth: Recorded,
    fault: Option<Fault>,
    calls: usize,
    /// Milliseconds since the clock was started.
    time: u64,
    has_slept: bool,
}

/// The API, the clock, and a user who never interrupts.
#[derive(Default)]
pub(crate) struct Api(Mutex<Inner>);

/// How far a resource has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progressed {
    Before,
    Between,
    After,
}

type Write = Box<dyn FnOnce(&mut Recorded)>;

/// Why a change was not done.
enum Undone {
    Skipped(String),
    Failed { error: TargetError, is_touched: bool },
}

fn text(resource: Option<&Resource>) -> String {
    format!("{resource:?}")
}

/// The resource without a mark: what a target has.
fn unmarked(resource: &Resource) -> Resource {
    let mut resource = resource.clone();
    match &mut resource {
        Resource::Team(team) => std::sync::Arc::make_mut(team).metadata.partially_applied = None,
        Resource::Project(project) => std::sync::Arc::make_mut(project).metadata.partially_applied = None,
        Resource::Key(key) => std::sync::Arc::make_mut(key).metadata.partially_applied = None,
        Resource::Cluster(cluster) => std::sync::Arc::make_mut(cluster).metadata.partially_applied = None,
    }
    resource
}

fn is_marked(change: &Change) -> bool {
    change.before().is_some_and(|before| before.metadata().partially_applied.is_some())
}

/// The same resource under the last part of another address.
fn renamed(resource: &Resource, to: &Address) -> Resource {
    let mut resource = resource.clone();
    match (&mut resource, to) {
        (Resource::Project(project), Address::Project(name)) => {
            std::sync::Arc::make_mut(project).name = name.clone();
        }
        (Resource::Key(key), Address::Key(_, name)) => std::sync::Arc::make_mut(key).name = name.clone(),
        (Resource::Cluster(cluster), Address::Cluster(_, name)) => {
            std::sync::Arc::make_mut(cluster).name = name.clone();
        }
        _ => panic!("{to} is another kind"),
    }
    resource
}

/// A stray name in the project of the resource that it is of: that may have been renamed since.
fn beside(own: &Address, stray: &Address) -> Address {
    match (own, stray) {
        (Address::Key(project, _), Address::Key(_, name)) => Address::Key(project.clone(), name.clone()),
        (Address::Cluster(project, _), Address::Cluster(_, name)) => {
            Address::Cluster(project.clone(), name.clone())
        }
        (_, stray) => stray.clone(),
    }
}

/// How far the resource of a change is. `taken` are names that other changes give to something else.
fn progressed(change: &Change, taken: &BTreeSet<Address>, truth: &Recorded) -> Progressed {
    let there = |address: &Address| text(Resource::recorded(truth, address).as_ref());
    let before = text(change.before().map(unmarked).as_ref());
    let old = change.previous_address();
    let is_moved = old.as_ref().is_none_or(|old| taken.contains(old) || there(old) == text(None));
    if there(&change.address()) == text(change.after()) && is_moved {
        Progressed::After
    } else if there(&old.unwrap_or_else(|| change.address())) == before {
        Progressed::Before
    } else {
        Progressed::Between
    }
}

/// What is sent for a change. Members of a project are sent after all else of it.
fn writes(change: &Change) -> Vec<Write> {
    let whole = change.clone();
    let mut writes: Vec<Write> = vec![Box::new(move |truth| {
        if let (Some(Resource::Project(gone)), None) = (whole.before(), whole.after()) {
            let home = truth.projects.get(&gone.name);
            assert!(home.is_none_or(|home| home.keys.is_empty() && home.clusters.is_empty()), "it is in use");
        }
        if let Some(home) = whole.after().filter(|after| !matches!(after, Resource::Project(_))) {
            assert!(home.home().is_none_or(|home| truth.projects.contains_key(home)), "it has no project");
        }
        whole.apply_to(truth);
    })];
    if let Some(Resource::Project(after)) = change.after() {
        let mut half = (**after).clone();
        half.members = match change.before() {
            Some(Resource::Project(before)) => before.members.clone(),
            _ => Vec::new(),
        };
        if half.members != after.members {
            let half = match change.before().map(unmarked) {
                Some(before) => Change::update(before, half.into(), None),
                None => Some(Change::create(half.into(), None)),
            };
            if let Some(half) = half {
                writes.insert(0, Box::new(move |truth| half.apply_to(truth)));
            }
        }
    }
    writes
}

impl Api {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong from now on. The calls are counted anew.
    pub(crate) fn begin(&self, fault: Fault) {
        let mut inner = self.inner();
        (inner.fault, inner.calls, inner.has_slept) = (Some(fault), 0, false);
    }

    pub(crate) fn calls(&self) -> usize {
        self.inner().calls
    }

    pub(crate) fn truth(&self) -> Recorded {
        self.inner().truth.clone()
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.inner().time += u64::try_from(time.as_millis()).unwrap();
    }

    fn call<T>(&self, act: impl FnOnce(&mut Recorded) -> T) -> Result<T, TargetError> {
        let mut inner = self.inner();
        let (number, fault) = (inner.calls, inner.fault.unwrap_or(Fault::None));
        inner.calls += 1;
        let gone = || Err(TargetError::new(TargetErrorKind::Unreachable, "no answer"));
        match fault {
            Fault::Fail(at, kind) if at == number => return Err(TargetError::new(kind, "no")),
            Fault::GoAway(at) if at < number => return gone(),
            Fault::KillBefore(at) if at == number => {
                drop(inner);
                resume_unwind(Box::new(Killed));
            }
            _ => {}
        }
        let made = act(&mut inner.truth);
        match fault {
            Fault::LoseAnswer(at) | Fault::GoAway(at) if at == number => gone(),
            Fault::KillAfter(at) if at == number => {
                drop(inner);
                resume_unwind(Box::new(Killed));
            }
            Fault::Sleep(at) if at == number => {
                inner.time += u64::try_from(LEASE.as_millis()).unwrap() + 1;
                inner.has_slept = true;
                Ok(made)
            }
            _ => Ok(made),
        }
    }

    fn write(&self, write: Write) -> Result<(), TargetError> {
        assert!(!self.inner().has_slept, "something is written after the lease ran out");
        self.call(write)
    }

    fn change(
        &self,
        change: &Change,
        taken: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<(), Undone> {
        let see = || self.call(|truth| progressed(change, taken, truth));
        let untouched = |error| Undone::Failed { error, is_touched: false };
        match see().map_err(untouched)? {
            Progressed::After => return Ok(()),
            Progressed::Between if !is_marked(change) => {
                return Err(untouched(TargetError::new(TargetErrorKind::Conflict, "others have changed it")));
            }
            Progressed::Before | Progressed::Between => {}
        }
        for (number, write) in writes(change).into_iter().enumerate() {
            match progress.go_on() {
                Err(why) if number == 0 => return Err(Undone::Skipped(why)),
                Err(why) => {
                    let error = TargetError::new(TargetErrorKind::Unreachable, why);
                    return Err(Undone::Failed { error, is_touched: true });
                }
                Ok(()) => {}
            }
            if let Err(error) = self.write(write) {
                match see() {
                    Ok(Progressed::After) => return Ok(()),
                    Ok(Progressed::Before) => return Err(untouched(error)),
                    Ok(Progressed::Between) | Err(_) => {
                        return Err(Undone::Failed { error, is_touched: true });
                    }
                }
            }
        }
        Ok(())
    }

    /// Brings what is partially applied, and may have another name, back to the name that it is recorded by.
    fn restore(
        &self,
        delivery: &Delivery<'_>,
        kind: ResourceKind,
        progress: &dyn Progress,
    ) -> Result<(), String> {
        let steps = &delivery.steps;
        let is_recorded = |address: &Address| {
            let is = |resource: Option<&Resource>| resource.is_some_and(|one| one.address() == *address);
            steps.iter().any(|step| is(step.change.before()))
                || (Resource::recorded(&delivery.after, address).is_some()
                    && !steps.iter().any(|step| is(step.change.after())))
        };
        let marked = steps.iter().filter_map(|step| step.change.before());
        for before in marked.filter(|before| before.address().kind() == kind) {
            let own = before.address();
            let strays: Vec<_> =
                before.metadata().strays().map(|stray| beside(&own, &stray.address)).collect();
            let strays: Vec<_> =
                strays.into_iter().filter(|stray| *stray != own && !is_recorded(stray)).collect();
            if strays.is_empty() {
                continue;
            }
            progress.go_on()?;
            let restore: Write = Box::new(move |truth| {
                let found = strays.iter().find_map(|stray| Resource::recorded(truth, stray));
                if let (None, Some(found)) = (Resource::recorded(truth, &own), found) {
                    let back = renamed(&found, &own);
                    Change::update(found, back, None).unwrap().apply_to(truth);
                }
            });
            self.write(restore).map_err(|error| error.why)?;
        }
        Ok(())
    }
}

/// The names that changes give to something, or leave it.
fn names_taken(steps: &[Step<'_>]) -> BTreeSet<Address> {
    steps.iter().filter_map(|step| step.change.after()).map(Resource::address).collect()
}

/// The addresses of all that is there.
pub(crate) fn addresses(all: &Recorded) -> BTreeSet<Address> {
    let homes = all.projects.values().flat_map(|home| {
        let keys = home.keys.values().map(|key| key.address());
        let clusters = home.clusters.values().map(|cluster| cluster.address());
        keys.chain(clusters).chain([home.project.address()])
    });
    homes.chain(all.teams.keys().cloned().map(Address::Team)).collect()
}

fn differences(recorded: &Recorded, truth: &Recorded, selected: &BTreeSet<Address>) -> Differences {
    let mut differences = Differences::default();
    for address in addresses(recorded).union(&addresses(truth)).filter(|address| selected.contains(*address))
    {
        match (Resource::recorded(recorded, address), Resource::recorded(truth, address)) {
            (Some(_), None) => differences.missing.push(address.clone()),
            (None, Some(_)) => differences.extra.push(address.clone()),
            (Some(recorded), Some(observed)) => {
                if let Some(change) = Change::update(unmarked(&recorded), observed, None) {
                    let fields = change.fields().into_iter().map(difference).collect();
                    differences.edited.push(Edited { address: address.clone(), fields });
                }
            }
            (None, None) => unreachable!("{address} is of one of them"),
        }
    }
    differences
}

fn difference(FieldChange { field, before, after }: FieldChange<'_>) -> FieldDifference {
    let items = |value| match value {
        FieldValue::Text(text) => vec![text.into_owned()],
        FieldValue::List(items) => items,
    };
    FieldDifference { field: field.into_owned(), recorded: before.map(items), observed: after.map(items) }
}

impl Target for Api {
    fn apply(&self, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
        let taken = names_taken(&delivery.steps);
        let mut restored: Vec<(ResourceKind, Result<(), String>)> = Vec::new();
        let mut blocked = Blocked::default();
        let mut delivered = Delivered::default();
        for Step { change, .. } in &delivery.steps {
            let kind = change.address().kind();
            if restored.iter().all(|(of, _)| *of != kind) {
                restored.push((kind, self.restore(delivery, kind, progress)));
            }
            let is_restored = restored.iter().find(|(of, _)| *of == kind).map(|(_, ended)| ended.clone());
            let ended = match (blocked.needed_by(change), is_restored) {
                (Some(address), _) => Err(Undone::Skipped(format!("`{address}` could not be changed"))),
                (None, Some(Err(why))) => Err(Undone::Skipped(why)),
                (None, _) => self.change(change, &taken, progress),
            };
            delivered.outcomes.push(match ended {
                Ok(()) => Outcome::Applied,
                Err(Undone::Skipped(why)) => Outcome::Skipped(why),
                Err(Undone::Failed { error, is_touched }) => {
                    delivered
                        .partially_applied
                        .extend(change.partially_applied(&Name::clone).filter(|_| is_touched));
                    Outcome::Failed(error)
                }
            });
            if delivered.outcomes.last() != Some(&Outcome::Applied) {
                blocked.add(change);
            }
            progress.done();
        }
        delivered
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        let taken = names_taken(&delivery.steps);
        let mut blocked = Blocked::default();
        let mut observation = Observation::default();
        for Step { change, .. } in &delivery.steps {
            let progressed = self.call(|truth| progressed(change, &taken, truth))?;
            let is_done = progressed == Progressed::After && blocked.needed_by(change).is_none();
            if !is_done {
                blocked.add(change);
            }
            if progressed == Progressed::Between {
                observation.partially_applied.extend(change.partially_applied(&Name::clone));
            }
            observation.done.push(is_done);
        }
        // No lease is held while this looks.
        self.inner().has_slept = false;
        Ok(observation)
    }

    /// All is in one place.
    fn drift(
        &self,
        recorded: &Recorded,
        selected: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError> {
        let observed =
            match progress.go_on().map(|()| self.call(|truth| differences(recorded, truth, selected))) {
                Ok(Ok(differences)) => Observed::Known(differences),
                Ok(Err(error)) => Observed::Unknown(error.why),
                Err(why) => Observed::Unknown(why),
            };
        let resources = selected.iter().cloned().collect();
        Ok(vec![Place { name: "api".into(), resources, observed, note: None }])
    }
}

impl Clock for Api {
    fn now(&self) -> Timestamp {
        let time = i64::try_from(self.inner().time).unwrap();
        Timestamp::from_millisecond(1_800_000_000_000 + time).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.inner().time)
    }

    fn pause(&self, time: Duration) {
        self.pass(time);
    }

    fn notice(&self, _: &str) {}
}

impl ApplyMonitor for Api {
    fn cancellation(&self) -> Cancellation {
        Cancellation::Continue
    }

    fn progress(&self, _: usize, _: usize, _: usize) {}
}
