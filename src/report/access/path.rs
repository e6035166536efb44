//! The paths that an answer comes to, one by one.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{DeclaredPlaces, Link, Place};
use crate::access::query::{Facts, HeldKey, Reach, Who, Why, is_expired};
use crate::access::{KeyHolders, ProjectRoles, RoleHolder};
use crate::model::{Address, Cluster, Member, Name, Recorded, SshKey, Subject, UserName};
use crate::openssh::Fingerprint;
use crate::words::words;

words! {
    /// What a path comes to.
    pub enum Effect {
        /// The person logs in by the key.
        Opens = "opens",
        /// They hold the key, which is past its last day.
        Expired = "expired",
        /// They held the key and may still have its private half.
        MayStillOpen = "may-still-open",
        /// It is not known who logs in: the key is not keyplan's, and may be on the nodes, until the last day if it has one.
        KnownKey = "known-key",
        /// They have a role by which they may give clusters other keys.
        MayChange = "may-change",
        /// They have a role by which they may not.
        HasRole = "has-role",
    }
}

/// A path from a person to a cluster or, for a role, to the project with all of its clusters.
#[derive(Clone, Debug)]
pub struct AccessPath<'a> {
    /// Nothing where who holds the key is not known.
    pub user: Option<UserName>,
    /// A cluster, or a project.
    pub at: Address,
    pub login_user: Option<&'a str>,
    pub effect: Effect,
    pub through: Vec<Name>,
    pub role: Option<&'static str>,
    pub key: Option<&'a SshKey>,
    pub fingerprint: Option<Fingerprint>,
    pub expires: Option<Date>,
    /// Where the cluster, or the project, is declared.
    pub place: Option<Place>,
}

/// What paths are made with: the facts, and where they are declared.
#[derive(Clone, Copy)]
struct Paths<'a> {
    facts: Facts<'a, Recorded>,
    places: Option<&'a DeclaredPlaces<'a>>,
}

impl<'a> Paths<'a> {
    fn login(self, cluster: &'a Cluster, key: &'a SshKey, effect: Effect) -> AccessPath<'a> {
        AccessPath {
            user: None,
            at: cluster.address(),
            login_user: Some(&cluster.login_user),
            effect,
            through: Vec::new(),
            role: None,
            key: Some(key),
            fingerprint: Some(*key.public_key.fingerprint()),
            expires: key.expires,
            place: self.places.and_then(|places| places.of(Link::Cluster(cluster))),
        }
    }

    fn held(self, cluster: &'a Cluster, key: &'a SshKey, holders: &KeyHolders) -> Vec<AccessPath<'a>> {
        let effect = if is_expired(key, self.facts.day) { Effect::Expired } else { Effect::Opens };
        let one = self.login(cluster, key, effect);
        let of = |holder: crate::access::Holder| AccessPath {
            user: holder.user,
            through: holder.team.into_iter().collect(),
            ..one.clone()
        };
        holders.iter().map(of).collect()
    }

    fn known(self, cluster: &'a Cluster) -> impl Iterator<Item = AccessPath<'a>> {
        cluster.known_keys.iter().map(move |known| AccessPath {
            user: None,
            at: cluster.address(),
            login_user: Some(&cluster.login_user),
            effect: Effect::KnownKey,
            through: Vec::new(),
            role: None,
            key: None,
            fingerprint: Some(known.fingerprint),
            expires: known.until,
            place: self.places.and_then(|places| places.of(Link::Cluster(cluster))),
        })
    }

    fn role(self, project: &'a Name, holder: RoleHolder) -> AccessPath<'a> {
        let RoleHolder { user, role, through } = holder;
        let subject = match through.first() {
            Some(team) => Subject::Team(team.clone()),
            None => Subject::User(user.clone()),
        };
        let place = self.places.and_then(|places| places.of(Link::Role(project, &Member { subject, role })));
        AccessPath {
            user: Some(user),
            at: Address::Project(project.clone()),
            login_user: None,
            effect: if role.may_change_keys() { Effect::MayChange } else { Effect::HasRole },
            through,
            role: Some(role.word()),
            key: None,
            fingerprint: None,
            expires: None,
            place,
        }
    }

    fn former(
        self,
        (cluster, key): (&'a Cluster, &'a SshKey),
        (user, past): (&UserName, &crate::access::PastHolder),
    ) -> AccessPath<'a> {
        AccessPath {
            user: Some(user.clone()),
            through: past.team.iter().cloned().collect(),
            ..self.login(cluster, key, Effect::MayStillOpen)
        }
    }
}

/// All paths of `who`: of each cluster those who hold its key and those who may still, and known keys; then the roles.
pub fn who_paths<'a>(
    facts: Facts<'a, Recorded>,
    who: &'a Who<'a>,
    places: Option<&'a DeclaredPlaces<'a>>,
) -> impl Iterator<Item = AccessPath<'a>> {
    let paths = Paths { facts, places };
    let opened = who.clusters.iter().flat_map(move |one| {
        let mut all = Vec::new();
        if let Some((key, holders)) = one.key.and_then(|key| Some((key, who.holders.holders(key)?))) {
            all = paths.held(one.cluster, key, holders);
            all.extend(
                who.holders.former(key).into_iter().map(|past| paths.former((one.cluster, key), past)),
            );
        }
        all.extend(paths.known(one.cluster));
        all
    });
    let roles = who.roles.iter().flat_map(move |(project, roles)| {
        ProjectRoles::iter(roles).map(move |holder| paths.role(project, holder))
    });
    opened.chain(roles)
}

/// All paths of `reach`, without those that another answer has as well.
pub fn reach_paths<'a>(
    facts: Facts<'a, Recorded>,
    reached: &'a [Reach<'a>],
    places: Option<&'a DeclaredPlaces<'a>>,
) -> impl Iterator<Item = AccessPath<'a>> {
    let paths = Paths { facts, places };
    let mut seen = BTreeSet::new();
    let all = reached.iter().flat_map(move |one| {
        let keys = one.keys.iter().flat_map(move |held| {
            let holders = KeyHolders::of(facts.view, held.key.owner.as_ref());
            let is_asked = move |path: &AccessPath<'_>| match &one.asked {
                crate::access::query::Asked::User(user) => path.user.as_ref() == Some(user),
                _ => true,
            };
            held.clusters
                .iter()
                .flat_map(move |cluster| paths.held(cluster, held.key, &holders))
                .filter(is_asked)
        });
        let former = one.may_still_hold.iter().flat_map(move |still| {
            let opened = move |held: &'a HeldKey<'a>| {
                held.clusters
                    .iter()
                    .map(move |cluster| paths.former((cluster, held.key), (still.user, still.past)))
            };
            still.keys.iter().flat_map(opened)
        });
        let roles = one.roles.iter().map(move |role| paths.role(role.project, role.holder.clone()));
        keys.chain(former).chain(roles)
    });
    all.filter(move |path| {
        let key = path.key.map(SshKey::address);
        seen.insert((path.user.clone(), path.at.clone(), path.effect, path.role, key))
    })
}

/// The paths of one person to one cluster.
pub fn why_paths<'a>(
    facts: Facts<'a, Recorded>,
    (user, why): (&'a UserName, &'a Why<'a>),
    places: Option<&'a DeclaredPlaces<'a>>,
) -> impl Iterator<Item = AccessPath<'a>> {
    let paths = Paths { facts, places };
    let key = why.key;
    let held = key.map(|key| paths.held(why.cluster, key, &KeyHolders::of(facts.view, key.owner.as_ref())));
    let held = held.into_iter().flatten().filter(move |path| path.user.as_ref() == Some(user));
    let former = key.zip(why.may_still).map(|(key, past)| paths.former((why.cluster, key), (user, past)));
    let roles = why.may_change.iter().map(move |holder| paths.role(&why.cluster.project, holder.clone()));
    held.chain(former).chain(roles)
}
