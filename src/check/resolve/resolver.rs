//! One declaration into one resource.

use std::collections::HashMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::budget::Costly;
use super::names::Names;
use super::unknown::{Missing, Unknown};
use crate::check::declare::document::{DeclaredMetadata, Document};
use crate::check::declare::load::KeyText;
use crate::check::declare::project::{ProjectMember, ProjectSpec};
use crate::check::declare::team::TeamSpec;
use crate::check::declare::{Body, Declaration};
use crate::check::proofs::Proofs;
use crate::diagnostics::{Finding, LocatedText, Location};
use crate::model::{
    AccessTest, Cluster, Declared, DeclaredKey, DocumentId, Member, Metadata, Name, NameError, Project, Role,
    Subject, Team, UserName,
};
use crate::openssh::{Fingerprint, KeyType};
use crate::rules::{duplicate_member, invalid_name, invalid_value, team_as_user, yaml_syntax};
use crate::source::walk::{self, Unreadable};
use crate::source::{FileId, Route, SourceSet};

/// The files that `publicKeyFile` names, by their path below the workspace.
pub type PublicKeyFiles = HashMap<Utf8PathBuf, PublicKeyFile>;

/// A file that `publicKeyFile` names.
#[derive(Debug)]
pub enum PublicKeyFile {
    Read(FileId, KeyText),
    /// It cannot be read; and the name of a file that may be meant.
    Unreadable(Unreadable, Option<String>),
}

/// A resource, as far as it could be made out.
#[derive(Debug)]
pub enum Resolved {
    /// From `kind: Project`
    Project(Declared<Project>),
    /// From `kind: Team`
    Team(Declared<Team>),
    /// From `kind: SSHKey`
    Key(DeclaredKey),
    /// From `kind: Cluster`
    Cluster(Declared<Arc<Cluster>>),
    /// From `kind: AccessTest`
    Test(Declared<AccessTest>),
}

/// What is needed to resolve a declaration.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    pub sources: &'a SourceSet,
    pub names: &'a Names,
    pub key_files: &'a PublicKeyFiles,
    /// What `allowedKeyTypes` lists.
    pub allowed_key_types: Option<&'a [KeyType]>,
    /// Keys that need no costly proof.
    pub proofs: &'a Proofs,
}

/// What resolving brings up beside resources.
#[derive(Debug, Default)]
pub struct Collected {
    pub findings: Vec<Finding>,
    /// References to nothing.
    pub unknown: Vec<Unknown>,
    /// Keys that passed every costly proof just now.
    pub proven: Vec<Fingerprint>,
    /// Large keys, whose proof has to wait until all are known.
    pub costly: Vec<Costly>,
    /// Documents with an error.
    pub faulty: Vec<DocumentId>,
    /// Values that are no keys, and that may hold a secret.
    pub hidden: Vec<Location>,
}

/// The file that a declaration names in `publicKeyFile`, below the workspace; nothing when it names
/// none, or one outside.
#[must_use]
pub fn key_file(sources: &SourceSet, declaration: &Declaration) -> Option<Utf8PathBuf> {
    let Body::SshKey(key) = &declaration.body else { return None };
    let given = key.spec.as_ref()?.public_key_file.as_deref()?;
    walk::resolve(sources.file(FileId(declaration.origin.file)).path(), Utf8Path::new(given))
}

impl Resolver<'_> {
    /// The resource that a document declares. Nothing when it has no name or no project.
    #[must_use]
    pub fn resolve(&self, declaration: &Declaration, notes: &mut Collected) -> Option<Resolved> {
        let origin = declaration.origin;
        let (before, unknown_before) = (notes.findings.len(), notes.unknown.len());
        let mut one = DeclarationResolver {
            resolver: self,
            origin,
            findings: &mut notes.findings,
            unknown: &mut notes.unknown,
            proven: &mut notes.proven,
            costly: &mut notes.costly,
            hidden: &mut notes.hidden,
        };
        let resolved = match &declaration.body {
            Body::Project(project) => one.project(project).map(Resolved::Project),
            Body::Team(team) => one.team(team).map(Resolved::Team),
            Body::SshKey(key) => one.key(key).map(Resolved::Key),
            Body::Cluster(cluster) => one.cluster(cluster).map(Resolved::Cluster),
            Body::AccessTest(test) => one.access_test(test, declaration.incomplete).map(Resolved::Test),
            Body::Workspace(workspace) => {
                one.people_of_workspace(workspace);
                None
            }
        };
        let has_error = notes.findings[before..].iter().any(|finding| !finding.is_warning());
        if declaration.has_error || has_error || notes.unknown.len() > unknown_before {
            notes.faulty.push(origin);
        }
        let whole = || Location::Value(origin, Route::default());
        yaml_syntax::cut(&mut notes.findings, before, declaration.size as usize, (whole, "document"));
        resolved
    }
}

/// The declaration that is being resolved.
pub(super) struct DeclarationResolver<'a> {
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) origin: DocumentId,
    pub(super) findings: &'a mut Vec<Finding>,
    unknown: &'a mut Vec<Unknown>,
    pub(super) proven: &'a mut Vec<Fingerprint>,
    pub(super) costly: &'a mut Vec<Costly>,
    pub(super) hidden: &'a mut Vec<Location>,
}

impl DeclarationResolver<'_> {
    fn project(&mut self, document: &Document<ProjectSpec>) -> Option<Declared<Project>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_ref(), "a project");
        let previous_name = self.previous_name(given.previous_name.as_ref(), given.name.as_ref());
        let members = document.spec.as_ref().and_then(|spec| spec.members.as_deref());
        let members = self.members(members, Self::member);
        let text = given.name.as_deref().unwrap_or_default();
        duplicate_member::in_project(self.origin, text, &members, self.findings);
        let members = in_order(members);
        Some(self.declared(Project { name: name?, metadata: metadata(given), members }, previous_name))
    }

    fn team(&mut self, document: &Document<TeamSpec>) -> Option<Declared<Team>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_ref(), "a team");
        let members = document.spec.as_ref().and_then(|spec| spec.members.as_deref());
        let place = team_as_user::UserField::MemberOfTeam;
        let members = self.members(members, |resolver, user, route| resolver.user(user, route, place));
        let text = given.name.as_deref().unwrap_or_default();
        duplicate_member::in_team(self.origin, text, &members, self.findings);
        let members = in_order(members);
        Some(self.declared(Team { name: name?, metadata: metadata(given), members }, None))
    }

    /// The members that could be made out, with the numbers that they have in the document.
    fn members<Given, Resolved>(
        &mut self,
        given: Option<&[Option<Given>]>,
        mut resolve: impl FnMut(&mut Self, &Given, Route) -> Option<Resolved>,
    ) -> Vec<(usize, Resolved)> {
        let members = numbered(given.unwrap_or_default()).filter_map(|(number, member)| {
            let route = Route::fields(["spec", "members"]).item(number);
            Some((number, resolve(self, member, route)?))
        });
        members.collect()
    }

    fn member(&mut self, member: &ProjectMember, route: Route) -> Option<Member> {
        let place = team_as_user::UserField::MemberOfProject;
        let user = member.user.as_deref();
        let user = user.and_then(|user| self.user(user, route.clone().field("user"), place));
        let team = member.team.as_deref();
        let team = team.and_then(|team| self.team_reference(team, route.field("team"), 0));
        let subject = user.map(Subject::User).or(team.map(Subject::Team))?;
        Some(Member { subject, role: Role::parse(member.role.as_deref()?)? })
    }

    pub(super) const fn declared<T>(&self, value: T, previous_name: Option<Name>) -> Declared<T> {
        Declared { origin: self.origin, previous_name, value }
    }

    pub(super) fn name(&mut self, text: Option<&Arc<str>>, what: &str) -> Option<Name> {
        Some(self.declared_name(text?, what, ["metadata", "name"]))
    }

    fn declared_name(&mut self, text: &Arc<str>, what: &str, route: [&'static str; 2]) -> Name {
        let (name, fault) = Name::declared(text.clone());
        if let Some(fault) = fault {
            let route = Route::fields(route);
            let text = LocatedText::new(text, Location::Value(self.origin, route));
            self.findings.push(invalid_name::finding(&text, what, &fault));
        }
        name
    }

    pub(super) fn previous_name(
        &mut self,
        previous: Option<&Arc<str>>,
        name: Option<&Arc<str>>,
    ) -> Option<Name> {
        let previous = previous?;
        let route = ["metadata", "previousName"];
        if Some(previous) == name {
            let at = self.value(Route::fields(route));
            let (why, help) = ("this is its name", "delete `previousName`");
            self.findings.push(invalid_value::finding(at, "`previousName` cannot be", previous, why, help));
            return None;
        }
        Some(self.declared_name(previous, "what is renamed", route))
    }

    pub(super) fn user(
        &mut self,
        text: &str,
        route: Route,
        place: team_as_user::UserField,
    ) -> Option<UserName> {
        let located = LocatedText::new(text, self.value(route));
        if let Some(finding) = invalid_name::nobody(&located) {
            self.findings.push(finding);
            return None;
        }
        match UserName::parse(text) {
            Ok(user) => {
                if !text.contains('@') && self.resolver.names.has_team(text) {
                    self.findings.push(team_as_user::finding(located.whole(), text, place));
                }
                Some(user)
            }
            Err(NameError::Team) => {
                self.findings.push(team_as_user::refused(located.whole(), text, place));
                None
            }
            Err(fault) => {
                self.findings.push(invalid_name::finding(&located, "a user", &fault));
                None
            }
        }
    }

    /// A reference to a team whose name begins `offset` bytes into the value at the route.
    pub(super) fn team_reference(&mut self, text: &str, route: Route, offset: usize) -> Option<Name> {
        if self.resolver.names.has_team(text) {
            return Some(Name::declared(text).0);
        }
        let at = Location::Within(self.origin, route, offset..offset + text.len());
        self.miss(at, Missing::Team(text.into()));
        None
    }

    pub(super) fn project_reference(&mut self, text: Option<&Arc<str>>) -> Option<Name> {
        Some(self.project_at(text?, Route::fields(["metadata", "project"])))
    }

    /// The project that a value names.
    pub(super) fn project_at(&mut self, text: &Arc<str>, route: Route) -> Name {
        let project = self.resolver.names.project(text);
        if project.is_none() {
            let at = self.value(route);
            self.miss(at, Missing::Project(text.clone()));
        }
        Name::declared(project.unwrap_or(text).clone()).0
    }

    pub(super) fn key_reference(&mut self, key: &Arc<str>, project: &str) -> Name {
        let names = self.resolver.names;
        let declared = names.key(project, key);
        // In a project that does not exist nothing is missing but the project.
        if declared.is_none() && names.has_project(project) {
            let at = self.value(Route::fields(["spec", "sshKey"]));
            self.miss(at, Missing::Key { project: project.into(), name: key.clone() });
        }
        Name::declared(declared.unwrap_or(key).clone()).0
    }

    fn miss(&mut self, at: Location, missing: Missing) {
        self.unknown.push(Unknown { origin: self.origin, at, missing });
    }

    pub(super) fn value(&self, route: Route) -> Location {
        Location::Value(self.origin, route)
    }
}

/// Numbered items in their own order: that of the document means nothing.
fn in_order<T: Ord>(numbered: Vec<(usize, T)>) -> Vec<T> {
    let mut items: Vec<_> = numbered.into_iter().map(|(_, item)| item).collect();
    items.sort_unstable();
    items
}

/// The items of a list that could be made out, with the numbers that they have in the document.
pub(super) fn numbered<T>(items: &[Option<T>]) -> impl Iterator<Item = (usize, &T)> {
    items.iter().enumerate().filter_map(|(number, item)| Some((number, item.as_ref()?)))
}

pub(super) fn metadata(given: &DeclaredMetadata) -> Metadata {
    Metadata {
        // How it is laid out is no part of it.
        description: given.description.as_deref().map(|text| text.trim().into()),
        labels: given.labels.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
        protected: given.protected == Some(true),
        partially_applied: None,
    }
}
