//! The laws of an apply on a target that has every kind of resource, over random workspaces, with a fault at each of its
//! calls:
//!
//! - After an apply that says it is done, what is there and what is recorded is what is desired.
//! - After an apply that failed in part, the next plan shows exactly what was not done.
//! - A change that needs one that was not done is skipped, and so is what comes after the lease ran out.
//! - Whatever went wrong, and whatever is declared next, the next apply ends as declared.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::time::Duration;

use keyplan::apply::{ApplyError, Outcome, Report, TargetErrorKind, apply, recover};
use keyplan::model::{
    Address, Desired, FieldDifference, Name, Observed, Place, Recorded, Settings, TargetKind,
};
use keyplan::plan::{Allowed, Blocked, Change, Plan, Resource};
use keyplan::planner;
use keyplan::state::{State, releasable, release, verify};
use keyplan::targets::{Progress, Target};

use crate::resource_target::{Api, Fault, Killed, addresses};
use crate::simulation::{Random, wishes};
use crate::state_faults::{Memory, now, recorded};

/// A state, and what it is the state of.
#[derive(Default)]
struct Scene {
    store: Memory,
    api: Api,
}

/// The target that has places for every kind.
fn settings() -> Settings {
    Settings { target: TargetKind::Palette, ..Settings::default() }
}

/// How an apply ended.
#[derive(Debug)]
enum Ended {
    /// There was nothing to do.
    Empty,
    Reported(Box<Plan>, Report),
    Killed,
    /// An apply that was interrupted before it could not be looked at.
    Unobservable,
}

impl Scene {
    fn plan(&self, desired: &Desired) -> Plan {
        let state = State::open(&self.store).unwrap();
        let plan = planner::plan(&state, desired.clone(), &settings(), Allowed::default());
        // Guards have tests of their own.
        Plan { guards: Vec::new(), ..plan.unwrap() }
    }

    /// What `keyplan apply` does, once.
    fn attempt(&self, desired: &Desired) -> Result<Ended, ApplyError> {
        recover(&self.store, (Some(&self.api), &settings().target_id()), &now(), &self.api)?;
        let plan = self.plan(desired);
        if plan.is_empty() {
            return Ok(Ended::Empty);
        }
        let confirmed = plan.clone().confirm().unwrap();
        let report = apply(&self.store, Some(&self.api), &confirmed, &now(), &self.api, &self.api)?;
        Ok(Ended::Reported(plan.into(), report))
    }

    /// One apply, in which a fault comes.
    fn apply(&self, desired: &Desired, fault: Fault) -> (Ended, usize) {
        self.api.begin(fault);
        let ended = catch_unwind(AssertUnwindSafe(|| self.attempt(desired)));
        let ended = match ended {
            Ok(Err(ApplyError::Unobservable { .. })) => Ended::Unobservable,
            Ok(ended) => ended.unwrap(),
            Err(killed) if killed.is::<Killed>() => Ended::Killed,
            Err(panic) => resume_unwind(panic),
        };
        let calls = self.api.calls();
        self.api.begin(Fault::None);
        self.api.pass(Duration::from_hours(1));
        assert!(verify(&self.store).problems.is_empty(), "{:?}", verify(&self.store).problems);
        if let Ended::Reported(plan, report) = &ended {
            self.shows_the_rest(plan, report, desired);
        }
        (ended, calls)
    }

    /// What was not done is what the next plan shows, and what needed it was skipped.
    fn shows_the_rest(&self, plan: &Plan, report: &Report, desired: &Desired) {
        let each = || plan.changes.iter().zip(&report.outcomes);
        let undone = each().filter(|(_, outcome)| **outcome != Outcome::Applied);
        let undone: BTreeSet<Address> = undone.map(|(change, _)| change.address()).collect();
        let next: BTreeSet<_> = self.plan(desired).changes.iter().map(Change::address).collect();
        assert!(next.is_superset(&undone), "{next:?} {report:?}");
        // What was to be new takes on a name that was to be new as well, and is recorded now.
        assert!(next == undone || has_chains(desired), "{next:?} {report:?}");
        let mut blocked = Blocked::default();
        for (change, outcome) in each() {
            let is_skipped = matches!(outcome, Outcome::Skipped(_));
            assert!(blocked.needed_by(change).is_none() || is_skipped, "{}: {outcome:?}", change.address());
            if *outcome != Outcome::Applied {
                blocked.add(change);
            }
        }
        if report.is_complete() {
            self.is_as(desired);
        }
    }

    fn is_as(&self, desired: &Desired) {
        let wanted = format!("{:?}", Recorded::from(desired));
        assert_eq!(format!("{:?}", recorded(&self.store)), wanted, "recorded");
        assert_eq!(format!("{:?}", self.api.truth()), wanted, "there");
    }

    fn applies(&self, desired: &Desired) {
        let (ended, _) = self.apply(desired, Fault::None);
        let is_whole = match &ended {
            Ended::Empty => true,
            Ended::Reported(_, report) => report.is_complete(),
            Ended::Killed | Ended::Unobservable => false,
        };
        assert!(is_whole, "{ended:?}");
        self.is_as(desired);
    }
}

/// Whether something declares the name of another declaration as its previous one.
fn has_chains(desired: &Desired) -> bool {
    let is_chain = |previous: &Option<Name>, is_declared: &dyn Fn(&Name) -> bool| {
        previous.as_ref().is_some_and(is_declared)
    };
    desired.projects.values().any(|home| {
        is_chain(&home.project.previous_name, &|name| desired.projects.contains_key(name))
            || home
                .clusters
                .values()
                .any(|cluster| is_chain(&cluster.previous_name, &|name| home.clusters.contains_key(name)))
    })
}

/// One workspace, another one with a fault, and then whatever is declared by then: how many calls the second one made,
/// and how it ended.
fn run([first, second, third]: &[Desired; 3], fault: Fault) -> (Ended, usize) {
    let scene = Scene::default();
    scene.applies(first);
    let ended = scene.apply(second, fault);
    scene.applies(third);
    ended
}

/// The last one is again the first or the second, or yet another.
fn three(seed: u64, random: &Random) -> [Desired; 3] {
    let [first, second, other] = wishes(seed, 3).try_into().unwrap();
    let third = match random.below(3) {
        0 => first.clone(),
        1 => second.clone(),
        _ => other,
    };
    [first, second, third]
}

fn fault(number: u64, at: usize) -> Fault {
    let kinds = TargetErrorKind::ALL;
    match number {
        0 => Fault::LoseAnswer(at),
        1 => Fault::GoAway(at),
        2 => Fault::KillBefore(at),
        3 => Fault::KillAfter(at),
        4 => Fault::Sleep(at),
        kind => Fault::Fail(at, kinds[usize::try_from(kind - 5).unwrap() % kinds.len()]),
    }
}

fn each_seed(seeds: std::ops::Range<u64>, law: impl Fn(u64, &Random) + std::panic::RefUnwindSafe) {
    for seed in seeds {
        let ended = catch_unwind(|| law(seed, &Random(Mutex::new(seed))));
        assert!(ended.is_ok(), "seed {seed}");
    }
}

#[test]
fn after_any_fault_the_next_plan_shows_the_rest_and_the_next_apply_ends_as_declared() {
    each_seed(0..60, |seed, random| {
        let worlds = three(seed, random);
        let (_, calls) = run(&worlds, Fault::None);
        for _ in 0..6 {
            let at = random.below(calls as u64 + 1).try_into().unwrap();
            run(&worlds, fault(random.below(10), at));
        }
    });
}

#[test]
fn so_it_is_after_every_fault_at_every_call() {
    each_seed(1_000..1_002, |seed, random| {
        let worlds = three(seed, random);
        let (_, calls) = run(&worlds, Fault::None);
        assert!(calls > 4);
        for (at, number) in (0..calls).flat_map(|at| (0..10).map(move |number| (at, number))) {
            run(&worlds, fault(number, at));
        }
    });
}

#[test]
fn one_fault_after_another_converges() {
    each_seed(2_000..2_040, |seed, random| {
        let scene = Scene::default();
        let worlds = wishes(seed, 5);
        for desired in &worlds {
            scene.apply(desired, fault(random.below(10), random.below(20).try_into().unwrap()));
        }
        scene.applies(&worlds[4]);
    });
}

/// Given up without a look at the target, an apply that was killed is one of which nothing is known. A project that it may
/// have renamed is under either name, with all that belongs to it: that only a look can tell.
#[test]
fn an_apply_that_was_given_up_is_followed_by_one_that_ends_as_declared() {
    let mut given_up = 0;
    each_seed_to_give_up(3_000..3_100, &mut given_up);
    assert!(given_up > 20, "{given_up} were given up");
}

fn each_seed_to_give_up(seeds: std::ops::Range<u64>, given_up: &mut usize) {
    for seed in seeds {
        let random = Random(Mutex::new(seed));
        let worlds = three(seed, &random);
        if worlds.iter().any(|world| world.projects.values().any(|home| home.project.previous_name.is_some()))
        {
            continue;
        }
        let (_, calls) = run(&worlds, Fault::None);
        for number in [2, 3] {
            let scene = Scene::default();
            scene.applies(&worlds[0]);
            let at = random.below(calls as u64 + 1).try_into().unwrap();
            if matches!(scene.apply(&worlds[1], fault(number, at)).0, Ended::Killed) {
                let state = State::open(&scene.store).unwrap();
                // One that was killed before it began has no lease.
                if let Some(found) = releasable(&state, "", &scene.api).unwrap() {
                    release(&scene.store, &found, &now(), &scene.api).unwrap();
                    *given_up += 1;
                }
            }
            scene.applies(&worlds[2]);
        }
    }
}

struct Calm;

impl Progress for Calm {
    fn go_on(&self) -> Result<(), String> {
        Ok(())
    }
    fn done(&self) {}
    fn node_done(&self) {}
}

/// Of one workspace recorded and another one there: drift names exactly what differs, of every kind, and of what was
/// edited at least one field whose values differ.
#[test]
fn drift_is_empty_exactly_when_what_is_there_is_what_is_recorded() {
    let mut seen = BTreeSet::new();
    each_seed_of_drift(0..40, &mut seen);
    for kind in ["team", "project", "key", "cluster"] {
        for how in ["missing", "extra", "edited"] {
            assert!(seen.contains(&format!("{how} {kind}")), "no {how} {kind} in {seen:?}");
        }
    }
}

fn each_seed_of_drift(seeds: std::ops::Range<u64>, seen: &mut BTreeSet<String>) {
    for seed in seeds {
        let [first, second, _] = three(seed, &Random(Mutex::new(seed)));
        let scene = Scene::default();
        scene.applies(&first);
        for recorded in [&first, &second].map(Recorded::from) {
            let truth = scene.api.truth();
            let selected: BTreeSet<_> = addresses(&recorded).union(&addresses(&truth)).cloned().collect();
            let places = scene.api.drift(&recorded, &selected, &Calm).unwrap();
            let [Place { observed: Observed::Known(found), .. }] = &places[..] else { panic!("{places:?}") };
            // A comment is told with the fields, and is not in the debug text of a key.
            let comment = |resource: &Resource| match resource {
                Resource::Key(key) => key.public_key.comment().to_owned(),
                Resource::Team(_) | Resource::Project(_) | Resource::Cluster(_) => String::new(),
            };
            let text = |all: &Recorded, address| {
                let found = Resource::recorded(all, address);
                format!("{found:?} {:?}", found.as_ref().map(comment))
            };
            let differing: BTreeSet<_> = selected
                .iter()
                .filter(|address| text(&recorded, address) != text(&truth, address))
                .cloned()
                .collect();
            let edited = found.edited.iter().map(|edited| &edited.address);
            let named: BTreeSet<_> =
                found.missing.iter().chain(&found.extra).chain(edited).cloned().collect();
            assert_eq!(named, differing, "seed {seed}");
            assert_eq!(places[0].observed.is_drift(), !differing.is_empty(), "seed {seed}");
            for edited in &found.edited {
                let differs = |field: &FieldDifference| field.recorded != field.observed;
                assert!(!edited.fields.is_empty() && edited.fields.iter().all(differs), "{edited:?}");
            }
            let edited = found.edited.iter().map(|edited| &edited.address);
            seen.extend(found.missing.iter().map(|address| format!("missing {}", address.kind())));
            seen.extend(found.extra.iter().map(|address| format!("extra {}", address.kind())));
            seen.extend(edited.map(|address| format!("edited {}", address.kind())));
        }
    }
}

/// The first call of an apply, and its error.
#[test]
fn an_error_keeps_its_kind() {
    let [first, ..] = three(3, &Random(Mutex::new(3)));
    for kind in TargetErrorKind::ALL {
        let scene = Scene::default();
        let (Ended::Reported(_, report), _) = scene.apply(&first, Fault::Fail(0, *kind)) else { panic!() };
        let Outcome::Failed(error) = &report.outcomes[0] else { panic!("{report:?}") };
        assert_eq!((error.kind, error.is_retryable()), (*kind, *kind == TargetErrorKind::Unreachable));
        scene.applies(&first);
    }
}

#[test]
fn an_interrupted_apply_stays_open_as_long_as_the_target_cannot_be_observed() {
    let [first, second, _] = three(3, &Random(Mutex::new(3)));
    for kind in TargetErrorKind::ALL {
        let scene = Scene::default();
        assert!(matches!(scene.apply(&first, Fault::KillAfter(1)), (Ended::Killed, _)));
        scene.api.begin(Fault::Fail(0, *kind));
        let before = State::open(&scene.store).unwrap().revision();
        match scene.attempt(&second) {
            Err(ApplyError::Unobservable { source, .. }) => assert_eq!(source.kind, *kind),
            other => panic!("{other:?}"),
        }
        assert_eq!(State::open(&scene.store).unwrap().revision(), before);
        scene.applies(&second);
    }
}
