//! How long drift takes under the documented rates, in virtual time: only the rates cost any, so that no machine matters.
//! Used by the tests, and by `cargo bench --bench palette`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use keyplan::http::{Clock, Origin, Roots, Secret};
use keyplan::import::palette::{Known, import, recorded};
use keyplan::model::{Address, Desired, Differences, Observed, Recorded, ResourceKind, TeamMembers};
use keyplan::openssh::PublicKey;
use keyplan::plan::Resource;
use keyplan::targets::palette::Palette;
use keyplan::targets::palette::client::{Client, ClientSettings, agent};
use keyplan::targets::palette::read::{Subjects, Wanted};
use keyplan::targets::{Progress, Target};

use super::fake::{API_KEY, Exchange, Fake, TENANT, Tenant};

#[path = "../../../src/http/virtual_clock.rs"]
mod virtual_clock;

use virtual_clock::VirtualClock;

/// How much there is in a tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) projects: usize,
    pub(crate) clusters: usize,
    /// Each has a role in a project.
    pub(crate) users: usize,
    /// Each has a role in a project.
    pub(crate) teams: usize,
}

impl Size {
    pub(crate) fn fill(&self, tenant: &mut Tenant) {
        let projects: Vec<_> = (0..self.projects).map(|at| format!("project-{at}")).collect();
        for (at, project) in projects.iter().enumerate() {
            tenant.project(project);
            tenant.key(project, "ops", &key_line(at));
        }
        for at in 0..self.clusters {
            let project = at % self.projects;
            tenant.cluster(&projects[project], &format!("cluster-{at}"), "vsphere", &[&key_line(project)]);
        }
        for at in 0..self.users {
            let mail = format!("user-{at}@example.com");
            tenant.user(&mail);
            tenant.grant(&mail, &projects[at % self.projects], "Project Viewer");
        }
        for at in 0..self.teams {
            let team = format!("team-{at}");
            tenant.team(&team, &["ana@example.com"]);
            tenant.grant(&team, &projects[at % self.projects], "Cluster Admin");
        }
    }

    /// How many requests drift needs: one for whose key it is, the lists, two for each project, and one for each cluster,
    /// user and team. A page has 50.
    pub(crate) fn requests(&self) -> usize {
        let pages = |items: usize| items.div_ceil(50).max(1);
        let in_project = self.clusters.div_ceil(self.projects);
        let lists = 1 + 1 + 1 + pages(self.teams) + pages(self.projects);
        1 + lists + self.projects * (1 + pages(in_project)) + self.clusters + self.users + self.teams
    }
}

/// What drift took.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) took: Duration,
    /// The least that the documented rates allow for the same requests.
    pub(crate) least: Duration,
    pub(crate) exchanges: Vec<Exchange>,
    /// How many resources are in sync, and how many are not.
    pub(crate) in_sync: (usize, usize),
}

/// Imports a tenant of this size, and compares it with what was recorded.
pub(crate) fn drift(size: Size) -> Pace {
    let fake = Fake::start();
    fake.tenant(|tenant| size.fill(tenant));
    let recorded = imported(&fake);
    let selected: BTreeSet<Address> = Resource::all(&recorded).map(|resource| resource.address()).collect();
    let before = fake.exchanges().len();
    let clock = Arc::<VirtualClock>::default();
    let times = Arc::clone(&clock);
    fake.limit_rate(Box::new(move || times.monotonic()));
    let places = palette(&fake, Arc::clone(&clock) as Arc<dyn Clock>)
        .drift(&recorded, &selected, &Silent)
        .expect("the fake answers");
    let none = Observed::Known(Differences::default());
    let in_sync = places.iter().filter(|place| place.observed == none).count();
    let exchanges = fake.exchanges().split_off(before);
    Pace {
        took: clock.monotonic(),
        least: least(&exchanges),
        exchanges,
        in_sync: (in_sync, places.len() - in_sync),
    }
}

/// What the fake has, as `keyplan import palette` records it.
fn imported(fake: &Fake) -> Recorded {
    let kinds = [ResourceKind::Team, ResourceKind::Project, ResourceKind::Key, ResourceKind::Cluster];
    let wanted = Wanted { projects: None, subjects: Subjects::Everybody, kinds: kinds.into() };
    let palette = palette(fake, Arc::<VirtualClock>::default());
    let tenant = palette.look(&wanted, &|| Ok(())).expect("the fake answers");
    let (nothing, none) = (Desired::default(), BTreeSet::new());
    let known = Known { desired: &nothing, recorded: &none, teams: TeamMembers::Declared, all_teams: true };
    recorded(&import(&tenant, known, &BTreeMap::new()), &nothing, &nothing)
}

fn palette(fake: &Fake, clock: Arc<dyn Clock>) -> Palette {
    let settings = ClientSettings {
        origin: Origin::parse(&fake.url()).expect("an origin"),
        key: Secret::new(API_KEY).expect("a header"),
        tenant: TENANT.into(),
        timeout: Duration::from_mins(1),
        parallel: 8,
    };
    let transport = Box::new(agent(Roots::default(), None));
    Palette::new(Client::new(settings, transport, clock, Box::new(|| 0)), TeamMembers::Declared)
}

/// The least time in which the documented rates let these requests through: that of the part which takes longest.
fn least(exchanges: &[Exchange]) -> Duration {
    let of_part = by_part(exchanges).into_iter().map(|(part, count)| {
        let (per_second, burst) = match part.as_str() {
            "cloudconfigs" | "spectroclusters" => (50, 250),
            _ => (10, 50),
        };
        let late = u32::try_from(count.saturating_sub(burst)).expect("there are few");
        Duration::from_secs(1) * late / per_second
    });
    of_part.max().unwrap_or_default()
}

/// How many requests there are for each part of the API.
pub(crate) fn by_part(exchanges: &[Exchange]) -> BTreeMap<String, usize> {
    let mut parts = BTreeMap::new();
    for Exchange { request, .. } in exchanges {
        *parts.entry(request.segments()[1].to_owned()).or_default() += 1;
    }
    parts
}

fn key_line(number: usize) -> String {
    let mut scalar = [100; 32];
    scalar[..8].copy_from_slice(&number.to_le_bytes());
    let point = EdwardsPoint::mul_base(&Scalar::from_bytes_mod_order(scalar)).compress();
    let blob = [&[0, 0, 0, 11], b"ssh-ed25519".as_slice(), &[0, 0, 0, 32], point.as_bytes()].concat();
    PublicKey::new(blob, "ops").expect("a key").line_with_comment()
}

/// Nobody is told, and nothing stops it.
struct Silent;

impl Progress for Silent {
    fn go_on(&self) -> Result<(), String> {
        Ok(())
    }

    fn done(&self) {}

    fn node_done(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within 1.2 times of what the documented rates allow, whichever part of the API is the slowest; with no request that
    /// is refused, asked for twice, or not needed.
    #[test]
    fn drift_is_as_fast_as_the_documented_rates_allow() {
        let sizes = [
            Size { projects: 50, clusters: 500, users: 60, teams: 40 },
            Size { projects: 2, clusters: 300, users: 1, teams: 1 },
            Size { projects: 70, clusters: 70, users: 5, teams: 90 },
        ];
        for size in sizes {
            let Pace { took, least, exchanges, in_sync } = drift(size);
            assert!(took <= least * 6 / 5, "{size:?}: {took:?} of {least:?}, {:?}", by_part(&exchanges));
            assert!(exchanges.iter().all(|exchange| exchange.answer.is_some()), "{size:?}: one was refused");
            let Size { projects, clusters, users: _, teams } = size;
            assert_eq!(in_sync, (2 * projects + clusters + teams, 0));
            assert_eq!(exchanges.len(), size.requests(), "{size:?}: {:?}", by_part(&exchanges));
            let asked: BTreeSet<_> = exchanges
                .iter()
                .map(|Exchange { request, .. }| {
                    (request.line(), request.query.clone(), request.project().map(str::to_owned))
                })
                .collect();
            assert_eq!(asked.len(), exchanges.len(), "{size:?}: one was asked twice");
        }
    }
}
