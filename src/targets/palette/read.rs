//! Reads what Palette has: first whose key it is, then the lists that everything else is found in, then project by
//! project. Nothing here writes.

use std::collections::{BTreeMap, BTreeSet};

use super::Uid;
use super::client::{Listing, Scope, Session};
use super::observed::{
    ClusterKeys, KeyText, ObservedCluster, ObservedKey, ObservedProject, ObservedTeam, PassedOver, Tenant,
    folded, without_mail,
};
use super::wire::{self, Item};
use crate::model::{Cloud, Member, Name, PaletteKeyField, ResourceKind, Role, Subject, UserName};
use crate::targets::TargetError;

/// What is to be read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The projects by name; nothing for all.
    pub projects: Option<BTreeSet<String>>,
    pub subjects: Subjects,
    /// What is in question: what is not is not asked for, as it may need other permissions. Of projects that is their
    /// descriptions, labels and members; of clusters the keys that they have.
    pub kinds: BTreeSet<ResourceKind>,
}

/// Who is asked for roles, beside those whom Palette names with each project.
#[derive(Clone, Debug)]
pub enum Subjects {
    /// All users and teams of the tenant, with a request for each.
    Everybody,
    These(BTreeSet<Subject>),
}

/// Reads what is wanted of the tenant.
///
/// # Errors
/// When the key is not taken, or a list that all else is found in cannot be read. Of a single project that cannot
/// be read, it is said there.
pub fn read(session: &Session<'_>, wanted: &Wanted) -> Result<Tenant, TargetError> {
    session.preflight()?;
    let asks = |kind| wanted.kinds.contains(&kind);
    let is_wanted = |name: &str| wanted.projects.as_ref().is_none_or(|projects| projects.contains(name));
    let projects: Vec<_> =
        projects(session)?.into_iter().filter(|project| is_wanted(&project.name)).collect();
    let people = if asks(ResourceKind::Team) || asks(ResourceKind::Project) {
        People::read(session)?
    } else {
        People::default()
    };
    let mut about = if asks(ResourceKind::Project) {
        about_projects(session, &projects, &people, &wanted.subjects)?
    } else {
        BTreeMap::new()
    };
    let parts = session.each(&projects, |project| {
        let scope = Scope::Project(project.uid.clone());
        let keys = if asks(ResourceKind::Key) || asks(ResourceKind::Cluster) {
            all_keys(session, &scope)
        } else {
            Ok(Default::default())
        };
        let clusters =
            if asks(ResourceKind::Cluster) { all_clusters(session, &scope) } else { Ok(Default::default()) };
        (keys, clusters)
    });
    let teams = if asks(ResourceKind::Team) { people.teams() } else { Vec::new() };
    let mut tenant = Tenant { teams, ..Tenant::default() };
    for (project, (keys, clusters)) in projects.into_iter().zip(parts) {
        let ProjectDetails { description, labels, members, beyond } =
            about.remove(&project.uid).unwrap_or_default();
        let name = &project.name;
        let passed = |(what, why)| PassedOver { project: name.clone(), what, why };
        tenant.passed_over.extend(beyond.into_iter().map(passed));
        let mut own = |kind: &str, names: Vec<String>| {
            let named = names.into_iter().map(|of_tenant| (format!("{kind} {of_tenant}"), OF_TENANT));
            tenant.passed_over.extend(named.map(passed));
        };
        let keys = keys.map(|(keys, others)| {
            own("key", others);
            keys
        });
        let clusters = clusters.map(|(clusters, others)| {
            own("cluster", others);
            clusters
        });
        tenant.projects.push(ObservedProject {
            uid: project.uid,
            name: project.name,
            description,
            labels,
            members,
            keys: keys.map_err(|error| error.why),
            clusters: clusters.map_err(|error| error.why),
        });
    }
    Ok(tenant)
}

/// The path of the keys of a project.
pub(super) const KEYS: [&str; 4] = ["v1", "users", "assets", "sshkeys"];

/// Why something in a project is not the project's.
const OF_TENANT: &str = "it is the whole tenant's";

/// What is a project's own, and the names of what is the whole tenant's.
type Own<T> = Result<(Vec<T>, Vec<String>), TargetError>;

/// All projects of the tenant.
pub(super) fn projects(session: &Session<'_>) -> Result<Vec<wire::Named>, TargetError> {
    let path = &["v1", "dashboard", "projects", "metadata"];
    let projects = session.all::<wire::Project>(&Scope::Tenant, path)?.into_iter();
    Ok(projects
        .map(|project| wire::Named { uid: project.metadata.uid, name: project.metadata.name })
        .collect())
}

/// All users, by mail; those without one by their uid.
pub(super) fn users(session: &Session<'_>) -> Result<BTreeMap<Uid, UserName>, TargetError> {
    let users = session.all::<wire::User>(&Scope::Tenant, &["v1", "users", "meta"])?;
    Ok(users.into_iter().filter_map(|user| Some((user.uid.clone(), user_name(&user)?))).collect())
}

pub(super) fn teams(session: &Session<'_>) -> Result<Vec<wire::Team>, TargetError> {
    session.list(&Listing { scope: &Scope::Tenant, path: &["v1", "teams"], search: None })
}

/// The roles that keyplan knows.
pub(super) fn roles(session: &Session<'_>) -> Result<BTreeMap<Uid, Role>, TargetError> {
    let listing = Listing { scope: &Scope::Tenant, path: &["v1", "roles"], search: None };
    let known = session.list::<wire::Role>(&listing)?.into_iter().filter_map(|role| {
        let is_ours = role.spec.scope == "project" && role.spec.kind == "system";
        Some((role.metadata.uid, Role::parse(&role.metadata.name).filter(|_| is_ours)?))
    });
    Ok(known.collect())
}

/// Users, teams and roles of a tenant, by their uids.
#[derive(Debug, Default)]
struct People {
    users: BTreeMap<Uid, UserName>,
    teams: Vec<wire::Team>,
    /// The roles that keyplan knows.
    roles: BTreeMap<Uid, Role>,
}

impl People {
    fn read(session: &Session<'_>) -> Result<Self, TargetError> {
        Ok(Self { users: users(session)?, teams: teams(session)?, roles: roles(session)? })
    }

    fn teams(&self) -> Vec<ObservedTeam> {
        let team = |team: &wire::Team| ObservedTeam {
            uid: team.metadata.uid.clone(),
            name: team.metadata.name.clone(),
            members: team.spec.users.iter().filter_map(|user| self.user(user)).collect(),
            is_sourced: !team.spec.sources.is_empty(),
        };
        self.teams.iter().map(team).collect()
    }

    fn user(&self, uid: &Uid) -> Option<UserName> {
        self.users.get(uid).cloned().or_else(|| without_mail(uid))
    }

    /// The uids of those who are wanted, as far as they are there. Users are told apart by their mail, whatever its case.
    fn uids(&self, subjects: &Subjects) -> BTreeSet<(Kind, Uid)> {
        let subjects = match subjects {
            Subjects::These(subjects) => subjects,
            Subjects::Everybody => {
                let users = self.users.keys().map(|uid| (Kind::User, uid.clone()));
                let teams = self.teams.iter().map(|team| (Kind::Team, team.metadata.uid.clone()));
                return users.chain(teams).collect();
            }
        };
        let wanted: BTreeSet<_> = subjects
            .iter()
            .filter_map(|subject| match subject {
                Subject::User(user) => Some(folded(user)),
                Subject::Team(_) => None,
            })
            .collect();
        let users = self.users.iter().filter(|(_, user)| wanted.contains(&folded(user)));
        let users = users.map(|(uid, _)| (Kind::User, uid.clone()));
        let is_wanted = |team: &&wire::Team| {
            Name::parse(&team.metadata.name).is_ok_and(|name| subjects.contains(&Subject::Team(name)))
        };
        let teams = self.teams.iter().filter(is_wanted).map(|team| (Kind::Team, team.metadata.uid.clone()));
        users.chain(teams).collect()
    }

    fn team_name(&self, uid: &Uid) -> &str {
        self.teams.iter().find(|team| team.metadata.uid == *uid).map_or("", |team| &team.metadata.name)
    }

    fn subject(&self, kind: Kind, uid: &Uid) -> Option<Subject> {
        match kind {
            Kind::User => self.user(uid).map(Subject::User),
            // A team whose name cannot be declared has its roles in Palette alone.
            Kind::Team => {
                let team = self.teams.iter().find(|team| team.metadata.uid == *uid)?;
                Name::parse(&team.metadata.name).ok().map(Subject::Team)
            }
        }
    }
}

/// A user by mail; one without mail is there all the same, and is told by the uid.
fn user_name(user: &wire::User) -> Option<UserName> {
    UserName::parse(user.email_id.trim()).ok().or_else(|| without_mail(&user.uid))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    User,
    Team,
}

/// What is said of a project itself.
#[derive(Debug)]
struct ProjectDetails {
    description: Option<String>,
    labels: Vec<(String, String)>,
    members: Result<Vec<Member>, String>,
    /// Roles that are no members, and why.
    beyond: Vec<(String, &'static str)>,
}

impl Default for ProjectDetails {
    fn default() -> Self {
        Self { description: None, labels: Vec::new(), members: Ok(Vec::new()), beyond: Vec::new() }
    }
}

impl From<&wire::Metadata> for ProjectDetails {
    fn from(metadata: &wire::Metadata) -> Self {
        Self {
            description: metadata.annotations.get("description").cloned(),
            labels: metadata.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            ..Self::default()
        }
    }
}

/// Descriptions, labels and members. Roles are read where they are kept, with each user and each team: whether a project
/// names all who have one is not known, so that those who are wanted are asked as well.
fn about_projects(
    session: &Session<'_>,
    projects: &[wire::Named],
    people: &People,
    wanted: &Subjects,
) -> Result<BTreeMap<Uid, ProjectDetails>, TargetError> {
    let search = wire::search_of_projects();
    let path = &["v1", "dashboard", "projects"];
    let listing = Listing { scope: &Scope::Tenant, path, search: Some(&search) };
    let summaries = session.list::<wire::ProjectSummary>(&listing)?;
    let asked: BTreeSet<&Uid> = projects.iter().map(|project| &project.uid).collect();
    let mut subjects = people.uids(wanted);
    let mut about = BTreeMap::new();
    for summary in summaries.iter().filter(|summary| asked.contains(summary.uid())) {
        about.insert(summary.uid().clone(), ProjectDetails::from(&summary.metadata));
        let of =
            |kind, all: &[wire::Named]| all.iter().map(|one| (kind, one.uid.clone())).collect::<Vec<_>>();
        subjects.extend(of(Kind::User, &summary.spec_summary.users));
        subjects.extend(of(Kind::Team, &summary.spec_summary.teams));
    }
    for project in projects.iter().filter(|project| !about.contains_key(&project.uid)).collect::<Vec<_>>() {
        let whole =
            session.get::<wire::Project>(&Scope::Tenant, &["v1", "projects", project.uid.as_str()])?;
        about.insert(project.uid.clone(), ProjectDetails::from(&whole.metadata));
    }
    let subjects: Vec<_> = subjects.into_iter().collect();
    let roles = session.each(&subjects, |(kind, uid)| {
        let of = match kind {
            Kind::User => "users",
            Kind::Team => "teams",
        };
        session.get::<wire::ProjectRoles>(&Scope::Tenant, &["v1", of, uid.as_str(), "projects"])
    });
    for ((kind, uid), roles) in subjects.iter().zip(roles) {
        match (roles, people.subject(*kind, uid)) {
            (Ok(roles), Some(subject)) => add_members(&mut about, &roles, &subject, &people.roles),
            (Ok(roles), None) => add_beyond(&mut about, &roles, people.team_name(uid)),
            // A role in any of them may be missing.
            (Err(error), _) => about.values_mut().for_each(|about| about.members = Err(error.why.clone())),
        }
    }
    Ok(about)
}

/// The roles that a subject has of its own, not those that it inherits.
fn add_members(
    about: &mut BTreeMap<Uid, ProjectDetails>,
    roles: &wire::ProjectRoles,
    subject: &Subject,
    known: &BTreeMap<Uid, Role>,
) {
    for project in &roles.projects {
        let Some(ProjectDetails { members: Ok(members), beyond, .. }) = about.get_mut(&project.uid) else {
            continue;
        };
        for role in &project.roles {
            match known.get(&role.uid) {
                Some(role) => members.push(Member { subject: subject.clone(), role: *role }),
                None => beyond.push((
                    format!("role {} of {subject}", role.name),
                    "it is none of the six roles that a project gives",
                )),
            }
        }
        members.sort();
        members.dedup();
    }
}

/// The roles of a team that cannot be declared.
fn add_beyond(about: &mut BTreeMap<Uid, ProjectDetails>, roles: &wire::ProjectRoles, team: &str) {
    for project in roles.projects.iter().filter(|project| !project.roles.is_empty()) {
        if let Some(about) = about.get_mut(&project.uid) {
            about.beyond.push((format!("roles of the team {team}"), "the team's name cannot be declared"));
        }
    }
}

/// Whether something in a project's list is the whole tenant's.
fn is_of_tenant(metadata: &wire::Metadata) -> bool {
    metadata.annotations.get("scope").is_some_and(|scope| scope == "tenant")
}

/// The names of what is the whole tenant's.
fn names<'a>(all: impl IntoIterator<Item = &'a wire::Metadata>) -> Vec<String> {
    all.into_iter().map(|metadata| metadata.name.clone()).collect()
}

pub(super) fn keys(session: &Session<'_>, scope: &Scope) -> Result<Vec<ObservedKey>, TargetError> {
    all_keys(session, scope).map(|(own, _)| own)
}

pub(super) fn clusters(session: &Session<'_>, scope: &Scope) -> Result<Vec<ObservedCluster>, TargetError> {
    all_clusters(session, scope).map(|(own, _)| own)
}

fn all_keys(session: &Session<'_>, scope: &Scope) -> Own<ObservedKey> {
    let keys = session.all::<wire::Key>(scope, &KEYS)?;
    let (others, own): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| is_of_tenant(&key.metadata));
    let key = |key: wire::Key| ObservedKey {
        uid: key.metadata.uid,
        name: key.metadata.name,
        public_key: KeyText::new(&key.spec.public_key),
    };
    Ok((own.into_iter().map(key).collect(), names(others.iter().map(|key| &key.metadata))))
}

/// The clusters of a project, without their keys.
pub(super) fn cluster_list(session: &Session<'_>, scope: &Scope) -> Result<Vec<wire::Cluster>, TargetError> {
    listed_clusters(session, scope).map(|(own, _)| own)
}

/// The clusters of a project itself, and what is the whole tenant's beside them.
type Listed = (Vec<wire::Cluster>, Vec<wire::Cluster>);

fn listed_clusters(session: &Session<'_>, scope: &Scope) -> Result<Listed, TargetError> {
    let search = wire::search_of_clusters();
    let path = &["v1", "dashboard", "spectroclusters", "search"];
    let found = session.list::<wire::Cluster>(&Listing { scope, path, search: Some(&search) })?;
    Ok(found.into_iter().partition(|cluster| !is_of_tenant(&cluster.metadata)))
}

fn all_clusters(session: &Session<'_>, scope: &Scope) -> Own<ObservedCluster> {
    let (own, others) = listed_clusters(session, scope)?;
    let keys = session.each(&own, |cluster| {
        let config = &cluster.spec_summary.cloud_config;
        cluster_keys(session, scope, config)
    });
    let cluster = |(cluster, keys): (wire::Cluster, ClusterKeys)| ObservedCluster {
        cloud: cloud(&cluster.spec_summary.cloud_config.cloud_type),
        uid: cluster.metadata.uid,
        name: cluster.metadata.name,
        keys,
        is_repave_pending: cluster.status.repave.state == "Pending",
    };
    let own = own.into_iter().zip(keys).map(cluster).collect();
    Ok((own, names(others.iter().map(|cluster| &cluster.metadata))))
}

/// Palette's word for a cloud. What keyplan has no word for is `generic`.
pub(super) fn cloud(word: &str) -> Cloud {
    match word {
        "apache-cloudstack" => Cloud::Cloudstack,
        word => Cloud::parse(word).unwrap_or_default(),
    }
}

pub(super) fn cluster_keys(
    session: &Session<'_>,
    scope: &Scope,
    config: &wire::CloudConfigReference,
) -> ClusterKeys {
    let is_list = match cloud(&config.cloud_type).palette_key_field() {
        PaletteKeyField::List => true,
        PaletteKeyField::Required | PaletteKeyField::Fixed => false,
        PaletteKeyField::KeyPair | PaletteKeyField::Nowhere => return ClusterKeys::NoField,
    };
    let path = ["v1", "cloudconfigs", &config.cloud_type, config.uid.as_str()];
    match session.get::<wire::CloudConfig>(scope, &path) {
        Err(error) => ClusterKeys::Unknown(error.why),
        Ok(config) => {
            let wire::ClusterConfig { ssh_keys, ssh_key } = config.spec.cluster_config;
            let texts = if is_list { ssh_keys } else { ssh_key.into_iter().collect() };
            let texts = texts.iter().filter(|text| !text.trim().is_empty());
            ClusterKeys::Known(texts.map(|text| KeyText::new(text)).collect())
        }
    }
}
