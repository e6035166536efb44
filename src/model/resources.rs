//! All resources of a workspace: as they are being checked, and as they are desired.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::{
    AccessTest, Address, Cluster, Declared, DocumentId, Name, NodeFormat, Project, ResourceKind, SshKey,
    TargetKind, Team,
};
use crate::openssh::PublicKey;

/// A key as it is declared: its public key may not be accepted.
pub type DeclaredKey = Declared<Arc<SshKey<Option<PublicKey>>>>;

/// What was declared, as far as it could be made out. Rules look at it. Each list is sorted by
/// address, and by origin where two have the same one.
#[derive(Debug, Default)]
pub struct Resources {
    pub teams: Vec<Declared<Team>>,
    pub projects: Vec<Declared<Project>>,
    /// Keys, also those whose public key is not accepted.
    pub keys: Vec<DeclaredKey>,
    pub clusters: Vec<Declared<Arc<Cluster>>>,
    pub tests: Vec<Declared<AccessTest>>,
    /// Where a cluster could not be made out.
    pub unclear: Unclear,
    /// Documents with an error: what they declare may be less than what is meant.
    pub faulty: BTreeSet<DocumentId>,
    /// The formats of files that each cluster is to have.
    pub formats: Vec<NodeFormat>,
    /// Where they land.
    pub target: TargetKind,
    /// The day on which this is checked, in UTC.
    pub today: Date,
}

impl Resources {
    /// All that were made out in parts, in their order.
    #[must_use]
    pub fn join(parts: Vec<Self>) -> Self {
        let count = |of: fn(&Self) -> usize| parts.iter().map(of).sum();
        let mut all = Self {
            keys: Vec::with_capacity(count(|part| part.keys.len())),
            clusters: Vec::with_capacity(count(|part| part.clusters.len())),
            ..Self::default()
        };
        for Self {
            teams,
            projects,
            keys,
            clusters,
            tests,
            unclear: _,
            faulty: _,
            today: _,
            formats: _,
            target: _,
        } in parts
        {
            all.teams.extend(teams);
            all.projects.extend(projects);
            all.keys.extend(keys);
            all.clusters.extend(clusters);
            all.tests.extend(tests);
        }
        all
    }

    /// Keys and clusters by the project that they name, in the order of its name.
    pub fn by_project(&self) -> impl Iterator<Item = OfProject<'_>> {
        let mut keys = self.keys.chunk_by(|one, other| one.value.project == other.value.project).peekable();
        let mut clusters =
            self.clusters.chunk_by(|one, other| one.value.project == other.value.project).peekable();
        std::iter::from_fn(move || {
            let of_keys = keys.peek().map(|keys| &keys[0].value.project);
            let of_clusters = clusters.peek().map(|clusters| &clusters[0].value.project);
            let project = of_keys.into_iter().chain(of_clusters).min()?;
            Some(OfProject {
                project,
                keys: keys.next_if(|keys| keys[0].value.project == *project).unwrap_or_default(),
                clusters: clusters
                    .next_if(|clusters| clusters[0].value.project == *project)
                    .unwrap_or_default(),
            })
        })
    }

    /// The first key of its project that has the name that a cluster gives. The lists are sorted.
    #[must_use]
    pub fn key_of(&self, cluster: &Cluster) -> Option<&DeclaredKey> {
        let (project, name) = (&cluster.project, cluster.ssh_key.as_ref()?);
        let number = self.keys.partition_point(|key| (&key.value.project, &key.value.name) < (project, name));
        self.keys.get(number).filter(|key| (&key.value.project, &key.value.name) == (project, name))
    }

    /// Sorts each list by address, and by origin where two have the same one.
    pub fn sort(&mut self) {
        let Self {
            teams,
            projects,
            keys,
            clusters,
            tests,
            unclear: _,
            faulty: _,
            formats: _,
            target: _,
            today: _,
        } = self;
        teams.sort_by(|one, other| (&one.value.name, one.origin).cmp(&(&other.value.name, other.origin)));
        projects.sort_by(|one, other| (&one.value.name, one.origin).cmp(&(&other.value.name, other.origin)));
        tests.sort_by(|one, other| (&one.value.name, one.origin).cmp(&(&other.value.name, other.origin)));
        // What is compared is beside what is moved: the resources themselves are far apart.
        keys.par_sort_by_cached_key(|Declared { origin, value, .. }| {
            (value.project.clone(), value.name.clone(), *origin)
        });
        clusters.par_sort_by_cached_key(|Declared { origin, value, .. }| {
            (value.project.clone(), value.name.clone(), *origin)
        });
    }
}

/// What belongs to one project, declared or not, of the lists of [`Resources`].
#[derive(Clone, Copy, Debug)]
pub struct OfProject<'a> {
    pub project: &'a Name,
    pub keys: &'a [DeclaredKey],
    pub clusters: &'a [Declared<Arc<Cluster>>],
}

impl<'a> OfProject<'a> {
    /// The first key that has the name that a cluster gives.
    #[must_use]
    pub fn key_of(&self, cluster: &Cluster) -> Option<&'a DeclaredKey> {
        Some(&self.keys[self.number_of_key(cluster.ssh_key.as_ref()?)?])
    }

    /// The number of the first key that has a name.
    #[must_use]
    pub fn number_of_key(&self, name: &Name) -> Option<usize> {
        let number = self.keys.partition_point(|key| key.value.name < *name);
        self.keys.get(number).is_some_and(|key| key.value.name == *name).then_some(number)
    }
}

/// Where a cluster could not be made out: what is not seen there may be there.
#[derive(Debug, Default)]
pub struct Unclear {
    pub projects: BTreeSet<Name>,
    /// Whether the project of one could not be made out either.
    pub anywhere: bool,
}

/// The declarations, resolved and valid. Only the gate after the rules makes one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    pub teams: BTreeMap<Name, Declared<Team>>,
    /// Projects by name, with what belongs to them.
    pub projects: BTreeMap<Name, DesiredProject>,
}

/// A project with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredProject {
    pub project: Declared<Project>,
    pub keys: BTreeMap<Name, Declared<Arc<SshKey>>>,
    pub clusters: BTreeMap<Name, Declared<Arc<Cluster>>>,
}

impl Desired {
    /// Whether something has this address.
    #[must_use]
    pub fn declares(&self, address: &Address) -> bool {
        let home = |project| self.projects.get(project);
        match address {
            Address::Team(name) => self.teams.contains_key(name),
            Address::Project(name) => home(name).is_some(),
            Address::Key(project, name) => home(project).is_some_and(|home| home.keys.contains_key(name)),
            Address::Cluster(project, name) => {
                home(project).is_some_and(|home| home.clusters.contains_key(name))
            }
        }
    }
}

/// What the state says was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub teams: BTreeMap<Name, Team>,
    /// Projects by name, with what belongs to them.
    pub projects: BTreeMap<Name, RecordedProject>,
}

impl Recorded {
    /// How many resources of each kind there are.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<ResourceKind, usize> {
        let projects = self.projects.values();
        [
            (ResourceKind::Team, self.teams.len()),
            (ResourceKind::Project, self.projects.len()),
            (ResourceKind::Key, projects.clone().map(|project| project.keys.len()).sum()),
            (ResourceKind::Cluster, projects.map(|project| project.clusters.len()).sum()),
        ]
        .into()
    }
}

/// A recorded project with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedProject {
    pub project: Project,
    pub keys: BTreeMap<Name, Arc<SshKey>>,
    pub clusters: BTreeMap<Name, Arc<Cluster>>,
}

impl RecordedProject {
    /// A project to which nothing belongs yet.
    #[must_use]
    pub const fn new(project: Project) -> Self {
        Self { project, keys: BTreeMap::new(), clusters: BTreeMap::new() }
    }

    /// The same project under another name, with what belongs to it.
    #[must_use]
    pub fn renamed(mut self, name: &Name) -> Self {
        self.project.name = name.clone();
        self.keys.values_mut().for_each(|key| Arc::make_mut(key).project = name.clone());
        self.clusters.values_mut().for_each(|cluster| Arc::make_mut(cluster).project = name.clone());
        self
    }
}

impl From<&Desired> for Recorded {
    /// What is recorded when everything desired was applied.
    fn from(desired: &Desired) -> Self {
        desired.clone().into()
    }
}

impl From<Desired> for Recorded {
    /// What is recorded when everything desired was applied.
    fn from(desired: Desired) -> Self {
        fn recorded<T>(declared: BTreeMap<Name, Declared<T>>) -> BTreeMap<Name, T> {
            declared.into_iter().map(|(name, one)| (name, one.value)).collect()
        }
        let Desired { teams, projects } = desired;
        let project = |(name, DesiredProject { project, keys, clusters })| {
            let project = project.value;
            (name, RecordedProject { project, keys: recorded(keys), clusters: recorded(clusters) })
        };
        Self { teams: recorded(teams), projects: projects.into_iter().map(project).collect() }
    }
}

impl From<&Recorded> for Desired {
    /// A wish for exactly what is recorded. Nothing declares it, so its origins mean nothing.
    fn from(recorded: &Recorded) -> Self {
        fn declared<T: Clone>(values: &BTreeMap<Name, T>) -> BTreeMap<Name, Declared<T>> {
            values.iter().map(|(name, value)| (name.clone(), nowhere(value))).collect()
        }
        fn nowhere<T: Clone>(value: &T) -> Declared<T> {
            Declared {
                origin: DocumentId { file: 0, document: 0 },
                previous_name: None,
                value: value.clone(),
            }
        }
        let Recorded { teams, projects } = recorded;
        let project = |(name, recorded): (&Name, &RecordedProject)| {
            let RecordedProject { project, keys, clusters } = recorded;
            let wanted = DesiredProject {
                project: nowhere(project),
                keys: declared(keys),
                clusters: declared(clusters),
            };
            (name.clone(), wanted)
        };
        Self { teams: declared(teams), projects: projects.iter().map(project).collect() }
    }
}
