//! Former holders: people who held a key, hold it no longer, and may still have its private half, since its material
//! is unchanged.

use std::collections::{BTreeMap, BTreeSet};

use super::holders::changed_teams;
use super::{AccessView, Holder, KeyHolders, ProjectView, Renames};
use crate::model::{Address, Name, SshKey, Subject, UserName};
use crate::openssh::Fingerprint;

/// A person who may still have the private half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerHolder {
    pub user: UserName,
    /// The team through which they held it; nothing where they owned it.
    pub team: Option<Name>,
    /// Whether they are no member of that team any more.
    pub left_team: bool,
    pub fingerprint: Fingerprint,
    /// The keys of this material, by their new names.
    pub keys: Vec<Address>,
    /// The clusters that it opens afterwards.
    pub clusters: Vec<Address>,
}

/// Everyone who may still have the private half of a key, with the material as it was then: by material and person,
/// the team through which they held it, and the revision since which they hold it no longer.
///
/// Who has held a material is never forgotten: the same material may be recorded again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormerHolders(pub BTreeMap<(Fingerprint, UserName), PastHolder>);

/// How a person held a key, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastHolder {
    /// The team through which they held it; nothing where they owned it.
    pub team: Option<Name>,
    /// The number of the revision since which they hold it no longer.
    pub revision: u64,
}

impl FormerHolders {
    /// Takes in that a person holds a key no longer since a revision.
    pub fn add(&mut self, former: &FormerHolder, revision: u64) {
        let past = PastHolder { team: former.team.clone(), revision };
        self.0.insert((former.fingerprint, former.user.clone()), past);
    }
}

/// Those who hold a key before, and after only might. Material of which no key is left is left out. Both sides may
/// leave out projects in which nothing differs, unless a key in them is owned by a team that does.
#[must_use]
pub fn former_holders(
    before: &impl AccessView,
    after: &impl AccessView,
    renames: &Renames<'_>,
) -> Vec<FormerHolder> {
    let candidates = candidates(before, after, renames);
    if candidates.is_empty() {
        return Vec::new();
    }
    let (had, has) = (owners(before, &candidates), owners(after, &candidates));
    let mut former = Vec::new();
    for (fingerprint, owners) in &had {
        let Some(now) = has.get(fingerprint) else { continue };
        let holds: BTreeSet<_> = now.holders(after).into_keys().collect();
        let lost = owners.holders(before).into_iter().filter(|(user, _)| !holds.contains(user));
        let is_member =
            |user: &UserName, team: &Name| after.team(team).is_some_and(|team| team.members.contains(user));
        former.extend(lost.map(|(user, team)| FormerHolder {
            left_team: team.as_ref().is_some_and(|team| !is_member(&user, team)),
            user,
            team,
            fingerprint: **fingerprint,
            keys: now.keys.clone(),
            clusters: Vec::new(),
        }));
    }
    let clusters = opened(after, &former.iter().map(|former| former.fingerprint).collect());
    for former in &mut former {
        former.clusters = clusters.get(&former.fingerprint).cloned().unwrap_or_default();
    }
    former.sort_by(|one, other| {
        (&one.user, &one.team, &one.keys).cmp(&(&other.user, &other.team, &other.keys))
    });
    former
}

/// A material that clusters have, and who may still have its private half without holding it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillHeld {
    pub fingerprint: Fingerprint,
    /// The keys of this material.
    pub keys: Vec<Address>,
    /// How many clusters it opens.
    pub clusters: usize,
    /// The people, by name, each with the revision since which they hold it no longer.
    pub people: Vec<(UserName, u64)>,
}

/// Who of those that are recorded may still have a key that clusters have.
#[must_use]
pub fn still_held(view: &impl AccessView, recorded: &FormerHolders) -> Vec<StillHeld> {
    let mut past = BTreeMap::<_, Vec<_>>::new();
    for ((fingerprint, user), holder) in &recorded.0 {
        past.entry(fingerprint).or_default().push((user, holder.revision));
    }
    let clusters = opened(view, &past.keys().map(|fingerprint| **fingerprint).collect());
    let mut owners = owners(view, &past.keys().copied().collect());
    let mut held = Vec::new();
    for (fingerprint, clusters) in clusters {
        let (Some(owners), Some(past)) = (owners.remove(&fingerprint), past.get(&fingerprint)) else {
            continue;
        };
        let holders = owners.holders(view);
        let people = past.iter().filter(|(user, _)| !holders.contains_key(*user));
        let people: Vec<_> = people.map(|(user, revision)| ((*user).clone(), *revision)).collect();
        if !people.is_empty() {
            held.push(StillHeld { fingerprint, keys: owners.keys, clusters: clusters.len(), people });
        }
    }
    held.sort_by(|one, other| one.keys.cmp(&other.keys));
    held
}

/// The material of keys that others may hold afterwards.
fn candidates<'a>(
    before: &'a impl AccessView,
    after: &impl AccessView,
    renames: &Renames<'_>,
) -> BTreeSet<&'a Fingerprint> {
    let changed = changed_teams(before, after);
    let after: BTreeMap<_, _> = after.projects().map(|project| (&project.project.name, project)).collect();
    let mut found = BTreeSet::new();
    for project in before.projects() {
        let now = after.get(renames.project(&project.project.name));
        let is_kept = |key: &SshKey| {
            let now = now.and_then(|now| now.key(&key.name));
            now.is_some_and(|now| now.owner == key.owner && now.public_key == key.public_key)
        };
        let may_differ = |key: &&SshKey| match &key.owner {
            None => false,
            Some(Subject::Team(team)) if changed.contains(team) => true,
            Some(Subject::Team(_) | Subject::User(_)) => !is_kept(key),
        };
        found.extend(project.keys().filter(may_differ).map(|key| key.public_key.fingerprint()));
    }
    found
}

/// Who owns keys of one material, and these keys.
#[derive(Default)]
struct Owners<'a> {
    subjects: BTreeSet<Option<&'a Subject>>,
    keys: Vec<Address>,
}

fn owners<'a>(
    view: &'a impl AccessView,
    of: &BTreeSet<&Fingerprint>,
) -> BTreeMap<&'a Fingerprint, Owners<'a>> {
    let mut all = BTreeMap::<_, Owners<'_>>::new();
    let keys = view.projects().flat_map(ProjectView::keys);
    for key in keys.filter(|key| of.contains(key.public_key.fingerprint())) {
        let owners = all.entry(key.public_key.fingerprint()).or_default();
        owners.subjects.insert(key.owner.as_ref());
        owners.keys.push(key.address());
    }
    all
}

impl Owners<'_> {
    /// The people who are known to hold it, and the team through which; nothing where they own a key themselves.
    fn holders(&self, view: &impl AccessView) -> BTreeMap<UserName, Option<Name>> {
        let mut holders = BTreeMap::new();
        for subject in &self.subjects {
            for Holder { user, team } in KeyHolders::of(view, *subject).iter() {
                if let Some(user) = user {
                    let through = holders.entry(user).or_insert_with(|| team.clone());
                    *through = team.and(through.take());
                }
            }
        }
        holders
    }
}

/// The clusters that keys of this material open.
fn opened(view: &impl AccessView, of: &BTreeSet<Fingerprint>) -> BTreeMap<Fingerprint, Vec<Address>> {
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for project in view.projects().filter(|_| !of.is_empty()) {
        for cluster in project.clusters() {
            let fingerprint = project.key_of(cluster).map(|key| *key.public_key.fingerprint());
            if let Some(fingerprint) = fingerprint.filter(|fingerprint| of.contains(fingerprint)) {
                all.entry(fingerprint).or_default().push(cluster.address());
            }
        }
    }
    all
}
