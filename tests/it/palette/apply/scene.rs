//! A workspace whose target is the fake: what is recorded, what is there, and a keyplan that may be killed at any
//! request.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyplan::apply::{ApplyError, ApplyMonitor, Cancellation, Outcome, Report, apply, recover};
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::http::{Agent, Method, Origin, Request, Response, Roots, Secret, Transport, TransportError};
use keyplan::model::{
    Desired, Differences, Observed, PaletteSettings, Place, Recorded, Settings, TargetKind, TeamMembers,
};
use keyplan::plan::{Allowed, Plan, Resource};
use keyplan::planner;
use keyplan::source::walk::Texts;
use keyplan::state::{Clock, State, mark};
use keyplan::targets::palette::Palette;
use keyplan::targets::palette::client::{Client, ClientSettings, agent};
use keyplan::targets::{Progress, Target};

use super::super::client_laws::caller::WaitingClock;
use super::super::fake::{API_KEY, Effect, Fake, Switches, TENANT, Tenant};
use super::traffic::Traffic;
use crate::state_faults::{Memory, now, recorded};
use crate::support::{TODAY, TestClock};

pub(super) const OPS: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/ ops";
pub(super) const OTHER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 other";
pub(super) const THIRD: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi third";

/// What a killed keyplan leaves: nothing but its name.
struct Killed;

/// keyplan is killed at the request of this number, and the request has its effect or not.
#[derive(Clone, Copy)]
pub(super) struct Kill {
    pub(super) at: usize,
    pub(super) effect: Effect,
}

struct Killer {
    agent: Agent,
    kill: Mutex<Option<Kill>>,
    traffic: Arc<Traffic>,
}

impl Transport for Killer {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
        let effect = {
            let mut kill = self.kill.lock().unwrap();
            kill.as_mut().and_then(|kill| match kill.at.checked_sub(1) {
                Some(left) => {
                    kill.at = left;
                    None
                }
                None => Some(kill.effect),
            })
        };
        match effect {
            None => {
                let is_write = !matches!(request.method, Method::Get);
                self.traffic.during(is_write, || self.agent.send(request, timeout))
            }
            Some(Effect::Before) => resume_unwind(Box::new(Killed)),
            Some(Effect::After) => {
                let _ = self.agent.send(request, timeout);
                resume_unwind(Box::new(Killed))
            }
        }
    }
}

pub(super) struct Scene {
    pub(super) fake: Fake,
    store: Memory,
    clock: TestClock,
    pub(super) teams: TeamMembers,
    pub(super) may_remove_own_role: bool,
    /// Most requests at a time.
    pub(super) parallel: usize,
    pub(super) traffic: Arc<Traffic>,
}

/// How an apply ended.
#[derive(Debug)]
pub(super) enum Ended {
    Empty,
    Reported(Report),
    Killed,
    Unobservable,
}

struct Calm;

impl Progress for Calm {
    fn go_on(&self) -> Result<(), String> {
        Ok(())
    }
    fn done(&self) {}
    fn node_done(&self) {}
}

impl ApplyMonitor for Calm {
    fn cancellation(&self) -> Cancellation {
        Cancellation::Continue
    }
    fn progress(&self, _: usize, _: usize, _: usize) {}
}

pub(super) fn desired(text: &str) -> Desired {
    let files = BTreeMap::from([("access.yaml".into(), text.to_owned().into_bytes())]);
    let validated = validate(&Texts(files), TODAY, &Proofs::default()).unwrap();
    let findings = format!("{:?}", validated.diagnostics);
    validated.desired.unwrap_or_else(|| panic!("{findings}"))
}

impl Scene {
    /// What is recorded, and what is there.
    pub(super) fn new(switches: Switches, before: &str, there: impl FnOnce(&mut Tenant)) -> Self {
        let scene = Self {
            fake: Fake::with(switches),
            store: Memory::default(),
            clock: TestClock::default(),
            teams: TeamMembers::Declared,
            may_remove_own_role: false,
            parallel: 1,
            traffic: Arc::default(),
        };
        scene.fake.tenant(there);
        let plan = scene.plan(&desired(before));
        if !plan.is_empty() {
            apply(&scene.store, None, &plan.confirm().unwrap(), &now(), &scene.clock, &Calm).unwrap();
        }
        scene
    }

    fn settings() -> Settings {
        let palette = PaletteSettings { tenant: TENANT.into(), ..PaletteSettings::default() };
        Settings { target: TargetKind::Palette, palette, ..Settings::default() }
    }

    pub(super) fn plan(&self, desired: &Desired) -> Plan {
        let state = State::open(&self.store).unwrap();
        let plan = planner::plan(&state, desired.clone(), &Self::settings(), Allowed::default()).unwrap();
        // Guards have tests of their own.
        Plan { guards: Vec::new(), ..plan }
    }

    fn palette(&self, kill: Option<Kill>) -> Palette {
        let settings = ClientSettings {
            origin: Origin::parse(&self.fake.url()).unwrap(),
            key: Secret::new(API_KEY).unwrap(),
            tenant: TENANT.into(),
            timeout: Duration::from_mins(1),
            parallel: self.parallel,
        };
        let (agent, traffic) = (agent(Roots::default(), None), Arc::clone(&self.traffic));
        let transport = Killer { agent, kill: Mutex::new(kill), traffic };
        let client =
            Client::new(settings, Box::new(transport), Arc::new(WaitingClock::default()), Box::new(|| 0));
        Palette::new(client, self.teams).removing_own_role(self.may_remove_own_role)
    }

    fn attempt(&self, desired: &Desired, kill: Option<Kill>) -> Result<Ended, ApplyError> {
        let palette = self.palette(kill);
        let target: &dyn Target = &palette;
        recover(&self.store, (Some(target), &Self::settings().target_id()), &now(), &self.clock)?;
        let plan = self.plan(desired);
        if plan.is_empty() {
            return Ok(Ended::Empty);
        }
        let confirmed = plan.confirm().unwrap();
        apply(&self.store, Some(target), &confirmed, &now(), &self.clock, &Calm).map(Ended::Reported)
    }

    pub(super) fn apply_and_die(&self, text: &str, kill: Option<Kill>) -> Ended {
        let desired = desired(text);
        let ended = catch_unwind(AssertUnwindSafe(|| self.attempt(&desired, kill)));
        self.clock.pause(Duration::from_hours(1));
        let ended = match ended {
            Ok(Err(ApplyError::Unobservable { .. })) => Ended::Unobservable,
            Ok(ended) => ended.unwrap(),
            Err(killed) if killed.is::<Killed>() => Ended::Killed,
            Err(panic) => resume_unwind(panic),
        };
        assert!(!format!("{ended:?}").contains(API_KEY), "{ended:?}");
        ended
    }

    /// The outcomes of one apply.
    pub(super) fn outcomes(&self, text: &str) -> Vec<Outcome> {
        match self.apply_and_die(text, None) {
            Ended::Reported(report) => report.outcomes,
            ended => panic!("{ended:?}"),
        }
    }

    /// Why the only change of a plan failed.
    pub(super) fn failure(&self, text: &str) -> keyplan::apply::TargetError {
        match &self.outcomes(text)[..] {
            [Outcome::Failed(error)] => error.clone(),
            outcomes => panic!("{outcomes:?}"),
        }
    }

    pub(super) fn applies(&self, text: &str) {
        match self.apply_and_die(text, None) {
            Ended::Empty => {}
            Ended::Reported(report) if report.is_complete() => {}
            ended => panic!("{ended:?}"),
        }
        self.is_as(text);
    }

    /// Whether what is recorded and what is there is what is declared, so that nothing is left to do.
    pub(super) fn is_as(&self, text: &str) {
        let desired = desired(text);
        assert_eq!(recorded(&self.store), Recorded::from(&desired));
        assert!(self.plan(&desired).is_empty());
        for place in self.drift() {
            let is_in_sync = place.observed == Observed::Known(Differences::default());
            assert!(is_in_sync || place.observed == Observed::Unrecorded, "{place:?}");
        }
    }

    pub(super) fn drift(&self) -> Vec<Place> {
        let recorded = recorded(&self.store);
        let all: BTreeSet<_> = Resource::all(&recorded).map(|resource| resource.address()).collect();
        self.palette(None).drift(&recorded, &all, &Calm).unwrap()
    }

    /// What `drift --repair` does.
    pub(super) fn repair(&self) {
        let recorded = recorded(&self.store);
        let drifted = self.drift().into_iter().filter(|place| place.observed.is_drift());
        let marked = drifted.flat_map(|place| place.resources);
        let marked: Vec<_> = marked
            .filter_map(|address| Resource::recorded(&recorded, &address))
            .map(keyplan::plan::partially_applied)
            .collect();
        mark(&self.store, &marked, &now(), &self.clock).unwrap();
    }

    pub(super) fn is_recorded_as(&self, text: &str) -> bool {
        recorded(&self.store) == Recorded::from(&desired(text))
    }

    /// How many requests were made so far.
    pub(super) fn requests(&self) -> usize {
        self.fake.exchanges().len()
    }
}

/// Whatever Palette is like, what is declared is there after an apply, `check` says, and nothing is left to do.
pub(super) fn settles(new: impl Fn(Switches) -> Scene, text: &str, check: impl Fn(&Scene)) {
    for (parallel, switches) in [1, 4].into_iter().cycle().zip(Switches::pairs()) {
        let mut scene = new(switches);
        scene.parallel = parallel;
        scene.applies(text);
        check(&scene);
        let writes = scene.fake.writes();
        assert!(matches!(scene.apply_and_die(text, None), Ended::Empty));
        assert_eq!(scene.fake.writes(), writes);
    }
}

/// Kills keyplan, and then the server, at each request of an apply, before and after it has its effect: whatever was
/// done by then, the next apply ends as declared, and `check` says that nothing is there twice.
pub(super) fn survives(new: impl Fn() -> Scene, text: &str, check: impl Fn(&Scene)) {
    let whole = new();
    whole.apply_and_die(text, None);
    let count = whole.requests();
    whole.applies(text);
    check(&whole);
    for at in 0..count {
        for effect in [Effect::Before, Effect::After] {
            let killed = new();
            killed.apply_and_die(text, Some(Kill { at, effect }));
            killed.applies(text);
            check(&killed);
        }
        for effect in [Effect::Before, Effect::After].into_iter().skip(at % 2).take(1) {
            let mut died = new();
            died.parallel = 4;
            died.fake.die_after(at, effect);
            died.apply_and_die(text, None);
            died.fake.revive();
            died.applies(text);
            check(&died);
        }
    }
}
