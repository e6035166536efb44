//! What changes mean for access: which clusters get, lose or change a key and whose it is, and who
//! gains or loses which role in which project, through which team.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Change, Resource};
use crate::model::{
    Address, Cluster, Desired, DesiredProject, Name, Project, Recorded, RecordedProject, Role, SshKey,
    Subject, Team, UserName,
};
use crate::openssh::{Fingerprint, PublicKey, SharedOptions};

/// A key as it opens a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGrant {
    pub key: Address,
    pub fingerprint: Fingerprint,
    pub owner: Option<Subject>,
    /// What it may do there, and from where.
    pub options: SharedOptions,
}

/// One way in which access changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// A cluster gets its first key, loses its key, or has another one; or its key has another owner, or
    /// may do something else.
    Cluster {
        /// The cluster, by its new name.
        cluster: Address,
        before: Option<KeyGrant>,
        after: Option<KeyGrant>,
    },
    /// A user gains or loses a role in a project.
    Role {
        user: UserName,
        role: Role,
        project: Address,
        gained: bool,
        /// The teams through which they have or had it; none when it is their own.
        through: Vec<Name>,
    },
}

/// What is recorded or desired: who has access is told of both in the same way.
pub trait AccessView: Sync {
    fn team(&self, name: &Name) -> Option<&Team>;

    /// The projects with what belongs to them.
    fn homes(&self) -> impl Iterator<Item = ProjectView<'_>>;
}

/// A project with what belongs to it.
pub struct ProjectView<'a> {
    project: &'a Project,
    clusters: Box<dyn Iterator<Item = &'a Cluster> + 'a>,
    key: Box<KeyByName<'a>>,
}

type KeyByName<'a> = dyn Fn(&Name) -> Option<&'a SshKey> + 'a;

impl AccessView for Recorded {
    fn team(&self, name: &Name) -> Option<&Team> {
        self.teams.get(name)
    }

    fn homes(&self) -> impl Iterator<Item = ProjectView<'_>> {
        self.projects.values().map(|RecordedProject { project, keys, clusters }| ProjectView {
            project,
            clusters: Box::new(clusters.values().map(|cluster| &**cluster)),
            key: Box::new(|name| keys.get(name).map(|key| &**key)),
        })
    }
}

impl AccessView for Desired {
    fn team(&self, name: &Name) -> Option<&Team> {
        self.teams.get(name).map(|team| &team.value)
    }

    fn homes(&self) -> impl Iterator<Item = ProjectView<'_>> {
        self.projects.values().map(|DesiredProject { project, keys, clusters }| ProjectView {
            project: &project.value,
            clusters: Box::new(clusters.values().map(|cluster| &*cluster.value)),
            key: Box::new(|name| keys.get(name).map(|key| &*key.value)),
        })
    }
}

/// What changes mean that lead from one side to another. Both may leave out projects in which nothing
/// differs, unless they name a team that does.
#[must_use]
pub fn access_changes(
    before: &impl AccessView,
    after: &impl AccessView,
    changes: &[Change],
) -> Vec<AccessChange> {
    let mut all = clusters(before, after, changes);
    all.extend(roles(before, after, changes));
    all
}

/// The project and the name of a cluster.
type ClusterName<'a> = (&'a Name, &'a Name);

const fn cluster_name(cluster: &Cluster) -> ClusterName<'_> {
    (&cluster.project, &cluster.name)
}

/// New names by old ones, of projects and of clusters.
struct NewNames<'a> {
    projects: BTreeMap<&'a Name, &'a Name>,
    clusters: BTreeMap<ClusterName<'a>, ClusterName<'a>>,
}

impl<'a> NewNames<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut names = Self { projects: BTreeMap::new(), clusters: BTreeMap::new() };
        for change in changes {
            match (change.before(), change.after()) {
                (Some(Resource::Project(before)), Some(Resource::Project(after))) => {
                    names.projects.insert(&before.name, &after.name);
                }
                (Some(Resource::Cluster(before)), Some(Resource::Cluster(after))) => {
                    names.clusters.insert(cluster_name(before), cluster_name(after));
                }
                _ => {}
            }
        }
        names
    }

    fn project(&self, name: &'a Name) -> &'a Name {
        self.projects.get(name).copied().unwrap_or(name)
    }

    /// What a recorded cluster is called afterwards, if it is still there.
    fn cluster(&self, cluster: &'a Cluster) -> ClusterName<'a> {
        let moved = (self.project(&cluster.project), &cluster.name);
        self.clusters.get(&moved).copied().unwrap_or(moved)
    }
}

/// Which of the two sides something is told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Before,
    After,
}

fn clusters(before: &impl AccessView, after: &impl AccessView, changes: &[Change]) -> Vec<AccessChange> {
    let names = NewNames::of(changes);
    let before =
        || opened(before).map(|(cluster, key)| (names.cluster(cluster), When::Before, key)).collect();
    let after = || opened(after).map(|(cluster, key)| (cluster_name(cluster), When::After, key)).collect();
    let (mut all, after): (Vec<_>, Vec<_>) = rayon::join(before, after);
    all.extend(after);
    all.par_sort_by_key(|&(name, when, _)| (name, when));
    let change = |cluster: &[(ClusterName<'_>, When, Option<&SshKey>)]| {
        let key = |side| cluster.iter().find(|(_, when, _)| *when == side).and_then(|(_, _, key)| *key);
        let (before, after) = (key(When::Before), key(When::After));
        let ((project, name), _, _) = cluster[0];
        (before.map(identity) != after.map(identity)).then(|| AccessChange::Cluster {
            cluster: Address::Cluster(project.clone(), name.clone()),
            before: before.map(grant),
            after: after.map(grant),
        })
    };
    all.chunk_by(|one, other| one.0 == other.0).filter_map(change).collect()
}

/// Every cluster with the key that opens it.
fn opened(side: &impl AccessView) -> impl Iterator<Item = (&Cluster, Option<&SshKey>)> {
    side.homes().flat_map(|ProjectView { project: _, clusters, key }| {
        clusters.map(move |cluster| (cluster, cluster.ssh_key.as_ref().and_then(&key)))
    })
}

/// What a key opens a cluster by. Another name is no other access.
fn identity(key: &SshKey) -> (&PublicKey, Option<&Subject>, &SharedOptions) {
    (&key.public_key, key.owner.as_ref(), &key.options)
}

fn grant(key: &SshKey) -> KeyGrant {
    KeyGrant {
        key: key.address(),
        fingerprint: *key.public_key.fingerprint(),
        owner: key.owner.clone(),
        options: key.options.clone(),
    }
}

/// Who has a role where, and through which teams.
type Roles = BTreeMap<(Name, UserName, Role), BTreeSet<Option<Name>>>;

fn roles(before: &impl AccessView, after: &impl AccessView, changes: &[Change]) -> Vec<AccessChange> {
    let names = NewNames::of(changes);
    let had = held(before, |project| names.project(&project.name).clone());
    let has = held(after, |project| project.name.clone());
    let lost =
        had.iter().filter(|(who, _)| !has.contains_key(who)).map(|(who, through)| (who, through, false));
    let gained =
        has.iter().filter(|(who, _)| !had.contains_key(who)).map(|(who, through)| (who, through, true));
    let mut all: Vec<_> = lost.chain(gained).collect();
    all.sort();
    all.into_iter()
        .map(|((project, user, role), through, gained)| AccessChange::Role {
            user: user.clone(),
            role: *role,
            project: Address::Project(project.clone()),
            gained,
            through: if through.contains(&None) {
                Vec::new()
            } else {
                through.iter().flatten().cloned().collect()
            },
        })
        .collect()
}

fn held(side: &impl AccessView, name: impl Fn(&Project) -> Name) -> Roles {
    let mut roles = Roles::new();
    for home in side.homes() {
        for member in &home.project.members {
            let project = name(home.project);
            let mut give = |user: &UserName, through| {
                roles.entry((project.clone(), user.clone(), member.role)).or_default().insert(through);
            };
            match &member.subject {
                Subject::User(user) => give(user, None),
                Subject::Team(team) => {
                    let users = side.team(team).map(|Team { members, .. }| members.as_slice());
                    users.unwrap_or_default().iter().for_each(|user| give(user, Some(team.clone())));
                }
            }
        }
    }
    roles
}
