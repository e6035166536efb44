//! Projects, teams and roles in a state of Terraform, which name each other by identifiers.

use std::collections::BTreeMap;

use super::labels::labels;
use super::state::Resource;
use crate::diagnostics::quoted;
use crate::import::LeftOut;
use crate::model::{Member, Metadata, Name, Project, Role, Subject, Team, UserName};

/// Projects with their members, and teams.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) projects: BTreeMap<Name, Project>,
    pub(super) teams: BTreeMap<Name, Team>,
}

/// What identifiers stand for.
struct Known<'a> {
    projects: BTreeMap<&'a str, &'a Resource>,
    users: BTreeMap<&'a str, &'a str>,
    roles: BTreeMap<&'a str, &'a str>,
}

impl<'a> Known<'a> {
    fn of(resources: &'a [Resource]) -> Self {
        let of_kind = |kind: &'static str| resources.iter().filter(move |resource| resource.kind == kind);
        let texts = |kind, name: &'static str| {
            of_kind(kind).filter_map(move |resource| Some((resource.text("id")?, resource.text(name)?)))
        };
        // What is managed says more than what was looked up.
        let looked_up = of_kind("project").filter(|project| !project.is_managed);
        let projects = looked_up.chain(of_kind("project").filter(|project| project.is_managed));
        Self {
            projects: projects.filter_map(|project| Some((project.text("id")?, project))).collect(),
            users: texts("user", "email").collect(),
            roles: texts("role", "name").collect(),
        }
    }
}

impl People {
    /// Of a state; what is left out is added to the list.
    pub(super) fn of(resources: &[Resource], left_out: &mut Vec<LeftOut>) -> Self {
        let known = Known::of(resources);
        let mut people = Self::default();
        for project in resources.iter().filter(|it| it.kind == "project" && it.is_managed) {
            people.project(project, left_out);
        }
        for resource in resources.iter().filter(|resource| resource.is_managed) {
            match resource.kind.as_str() {
                "team" => people.team(resource, &known, left_out),
                "user" => people.user(resource, &known, left_out),
                _ => {}
            }
        }
        people
    }

    fn project(&mut self, resource: &Resource, left_out: &mut Vec<LeftOut>) -> Option<Name> {
        let name = name(resource, left_out)?;
        self.projects.entry(name.clone()).or_insert_with(|| Project {
            name: name.clone(),
            metadata: Metadata {
                description: resource.text("description").map(str::trim).map(Into::into),
                labels: labels(resource),
                ..Metadata::default()
            },
            members: Vec::new(),
        });
        Some(name)
    }

    fn team(&mut self, resource: &Resource, known: &Known<'_>, left_out: &mut Vec<LeftOut>) {
        let Some(name) = name(resource, left_out) else { return };
        if self.teams.contains_key(&name) {
            return left_out.push(LeftOut::because(resource, format!("there is another team `{name}`")));
        }
        let mut members = Vec::new();
        for id in resource.texts("users") {
            let user = known.users.get(id).map(|mail| UserName::parse(mail));
            match user {
                Some(Ok(user)) if !members.contains(&user) => members.push(user),
                Some(Ok(_)) => {}
                _ => left_out.push(LeftOut::because(
                    resource,
                    format!("the state does not say who the member {} is", quoted(id)),
                )),
            }
        }
        members.sort_unstable();
        for mapping in resource.blocks("project_role_mapping") {
            let (project, roles) = (mapping.text("id"), mapping.texts("roles"));
            self.roles(resource, (project, &roles), &Subject::Team(name.clone()), known, left_out);
        }
        self.teams.insert(name.clone(), Team { name, metadata: Metadata::default(), members });
    }

    fn user(&mut self, resource: &Resource, known: &Known<'_>, left_out: &mut Vec<LeftOut>) {
        let Some(Ok(user)) = resource.text("email").map(UserName::parse) else {
            return left_out.push(LeftOut::because(resource, "the user has no mail address".into()));
        };
        for mapping in resource.blocks("project_role") {
            let (project, roles) = (mapping.text("project_id"), mapping.texts("role_ids"));
            self.roles(resource, (project, &roles), &Subject::User(user.clone()), known, left_out);
        }
    }

    /// Gives a user or team roles in a project.
    fn roles(
        &mut self,
        of: &Resource,
        (project, roles): (Option<&str>, &[&str]),
        subject: &Subject,
        known: &Known<'_>,
        left_out: &mut Vec<LeftOut>,
    ) {
        let id = project.unwrap_or_default();
        let Some(project) = known.projects.get(id) else {
            let why =
                format!("the state does not say which project {} is, in which it has a role", quoted(id));
            return left_out.push(LeftOut::because(of, why));
        };
        let Some(name) = self.project(project, left_out) else { return };
        for id in roles {
            let role = known.roles.get(id);
            let Some(role) = role.and_then(|role| Role::parse(role)) else {
                let role = quoted(role.unwrap_or(id));
                let why = format!("its role {role} in `{name}` is none of those that keyplan knows");
                left_out.push(LeftOut::because(of, why));
                continue;
            };
            let member = Member { subject: subject.clone(), role };
            if let Some(project) = self.projects.get_mut(&name)
                && !project.members.contains(&member)
            {
                project.members.push(member);
                project.members.sort_unstable();
            }
        }
    }
}

/// The name of a resource, if keyplan takes it.
pub(super) fn name(resource: &Resource, left_out: &mut Vec<LeftOut>) -> Option<Name> {
    let text = resource.text("name").unwrap_or_default();
    match Name::parse(text) {
        Ok(name) => Some(name),
        Err(error) => {
            let why = format!("its name {} is none that keyplan takes: {error}", quoted(text));
            left_out.push(LeftOut::because(resource, why));
            None
        }
    }
}

impl LeftOut {
    pub(super) fn because(resource: &Resource, why: String) -> Self {
        Self { at: resource.address.clone(), why, rule: None }
    }
}
