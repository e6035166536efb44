//! A client of the fake, on a clock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyplan::http::{Clock, GoOn, Limits, Origin, Roots, Secret};
use keyplan::targets::palette::Uid;
use keyplan::targets::palette::client::{Client, ClientSettings, Scope, Session, agent};

use super::super::fake::{API_KEY, Fake, TENANT};

/// Time passes only while it is waited for.
#[derive(Default)]
pub(in super::super) struct WaitingClock(AtomicU64);

impl Clock for WaitingClock {
    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }

    fn pause(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap();
        self.0.fetch_add(nanos.max(1), Ordering::SeqCst);
    }
}

const GO_ON: &GoOn<'static> = &|| Ok(());

pub(super) struct Caller {
    client: Client,
    pub(super) clock: Arc<WaitingClock>,
}

impl Caller {
    pub(super) fn of(fake: &Fake) -> Self {
        Self::with(fake, API_KEY, TENANT)
    }

    /// With that API key, which is to be of that tenant.
    pub(super) fn with(fake: &Fake, key: &str, tenant: &str) -> Self {
        let settings = ClientSettings {
            origin: Origin::parse(&fake.url()).unwrap(),
            key: Secret::new(key).unwrap(),
            tenant: tenant.into(),
            timeout: Duration::from_mins(1),
            parallel: 1,
        };
        let clock = Arc::new(WaitingClock::default());
        let transport = Box::new(agent(Roots::default(), None));
        let client = Client::new(settings, transport, Arc::<WaitingClock>::clone(&clock), Box::new(|| 0));
        Self { client, clock }
    }

    /// Ten minutes of its clock.
    pub(super) fn session(&self) -> Session<'_> {
        let deadline = self.clock.monotonic() + Duration::from_mins(10);
        Session::new(&self.client, Limits { deadline, go_on: GO_ON })
    }
}

/// The scope of a project, by name.
pub(super) fn project(fake: &Fake, name: &str) -> Scope {
    Scope::Project(Uid::parse(&fake.tenant(|tenant| tenant.project_uid(name))).unwrap())
}
