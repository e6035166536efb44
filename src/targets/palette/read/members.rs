//! Descriptions and labels of projects, and who has which role in them.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{Kind, People};
use super::wanted::Subjects;
use crate::model::{Member, Role, Subject};
use crate::targets::TargetError;
use crate::targets::palette::Uid;
use crate::targets::palette::client::{Listing, Scope, Session};
use crate::targets::palette::wire::{self, Item};

/// What is said of a project itself.
#[derive(Debug)]
pub(super) struct ProjectDetails {
    pub(super) description: Option<String>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) members: Result<Vec<Member>, String>,
    /// Roles that are no members, and why.
    pub(super) beyond: Vec<(String, &'static str)>,
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

/// Descriptions and labels of projects, and who is to be asked for roles in them.
#[derive(Debug, Default)]
pub(super) struct Members {
    projects: BTreeMap<Uid, ProjectDetails>,
    users: BTreeSet<Uid>,
    teams: BTreeSet<Uid>,
}

impl Members {
    /// Whether a project names all who have a role in it is not known, so that those who are wanted are asked as well.
    pub(super) fn read(
        session: &Session<'_>,
        projects: &[wire::Named],
        people: &People,
        wanted: &Subjects,
    ) -> Result<Self, TargetError> {
        let search = wire::search_of_projects();
        let path = &["v1", "dashboard", "projects"];
        let listing = Listing { scope: &Scope::Tenant, path, search: Some(&search) };
        let summaries = session.list::<wire::ProjectSummary>(&listing)?;
        let asked: BTreeSet<&Uid> = projects.iter().map(|project| &project.uid).collect();
        let mut members =
            Self { projects: BTreeMap::new(), users: people.users(wanted), teams: people.teams(wanted) };
        for summary in summaries.into_iter().filter(|summary| asked.contains(summary.uid())) {
            members.projects.insert(summary.uid().clone(), ProjectDetails::from(&summary.metadata));
            members.users.extend(summary.spec_summary.users.into_iter().map(|user| user.uid));
            members.teams.extend(summary.spec_summary.teams.into_iter().map(|team| team.uid));
        }
        for uid in asked {
            if !members.projects.contains_key(uid) {
                let whole =
                    session.get::<wire::Project>(&Scope::Tenant, &["v1", "projects", uid.as_str()])?;
                members.projects.insert(uid.clone(), ProjectDetails::from(&whole.metadata));
            }
        }
        Ok(members)
    }

    /// Roles are read where they are kept, with each user and each team.
    pub(super) fn of_projects(self, session: &Session<'_>, people: &People) -> BTreeMap<Uid, ProjectDetails> {
        let Self { mut projects, users, teams } = self;
        let roles_of = |kind: Kind, of: &str, uids: BTreeSet<Uid>| {
            let uids: Vec<_> = uids.into_iter().collect();
            let roles = session.each(&uids, |uid| {
                session.get::<wire::ProjectRoles>(&Scope::Tenant, &["v1", of, uid.as_str(), "projects"])
            });
            uids.into_iter().zip(roles).map(move |(uid, roles)| (kind, uid, roles)).collect::<Vec<_>>()
        };
        let (of_users, of_teams) =
            session.both(|| roles_of(Kind::User, "users", users), || roles_of(Kind::Team, "teams", teams));
        for (kind, uid, roles) in of_users.into_iter().chain(of_teams) {
            match (roles, people.subject(kind, &uid)) {
                (Ok(roles), Some(subject)) => add_members(&mut projects, &roles, &subject, &people.roles),
                (Ok(roles), None) => add_beyond(&mut projects, &roles, people.team_name(&uid)),
                // A role in any of them may be missing.
                (Err(error), _) => {
                    for about in projects.values_mut() {
                        about.members = Err(error.why.clone());
                    }
                }
            }
        }
        projects
    }
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
