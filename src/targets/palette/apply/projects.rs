//! Projects: their names, descriptions and labels. Their members come after them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::client::{Scope, Session, Written, escaped};
use super::super::observed::{description, only};
use super::super::{Uid, read, wire};
use super::step::{Next, Seen, Step};
use crate::model::{Name, Project, ResourceKind};
use crate::targets::TargetError;

/// A project on its way, without its members.
pub(super) struct ProjectStep<'a> {
    pub(super) before: Option<&'a Project>,
    pub(super) after: Option<&'a Project>,
    /// Under which it may be, its recorded name first, and which nothing else has or gets.
    pub(super) names: Vec<Name>,
    /// What other changes of the plan give a project.
    pub(super) taken: BTreeSet<Name>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProjectWrite {
    Create,
    Put(Found),
    Delete(Found),
}

/// A project as it was when it was decided what to do fields it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    uid: Uid,
    fields: ProjectFields,
}

/// What keyplan keeps of a project itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ProjectFields {
    name: String,
    description: Option<String>,
    labels: BTreeMap<String, String>,
}

impl From<&Project> for ProjectFields {
    fn from(project: &Project) -> Self {
        let labels = project.metadata.labels.iter();
        Self {
            name: project.name.to_string(),
            description: description(project.metadata.description.as_deref()),
            labels: labels.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        }
    }
}

impl From<wire::Project> for Found {
    fn from(wire::Project { metadata }: wire::Project) -> Self {
        let description = description(metadata.annotations.get(DESCRIPTION).map(String::as_str));
        let fields = ProjectFields { name: metadata.name, description, labels: metadata.labels };
        Self { uid: metadata.uid, fields }
    }
}

const DESCRIPTION: &str = "description";

impl ProjectStep<'_> {
    fn is_marked(&self) -> bool {
        self.before.is_some_and(|before| before.metadata.partially_applied.is_some())
    }

    fn is_before(&self, found: &Found) -> bool {
        self.before.is_some_and(|before| found.fields == ProjectFields::from(before))
    }

    fn is_after(&self, found: &Found) -> bool {
        self.after.is_some_and(|after| found.fields == ProjectFields::from(after))
    }

    fn is_renamed(&self) -> bool {
        self.before.map(|before| &before.name) != self.after.map(|after| &after.name)
    }

    /// The project that is to change or to go: not that which has the new name already.
    fn old(&self, session: &Session<'_>, all: &[wire::Named]) -> Result<Option<Found>, TargetError> {
        let new = self.after.map(|after| &after.name);
        for name in self.names.iter().filter(|name| Some(*name) != new) {
            if let Some(found) = found(session, all, name)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn gone(&self, old: Option<Found>) -> Seen<ProjectWrite> {
        let Some(old) = old else {
            return Seen::new(false, true, Next::Nothing);
        };
        let is_before = self.is_before(&old);
        let is_ours = is_before || self.is_marked();
        let next =
            if is_ours { Next::Write(ProjectWrite::Delete(old)) } else { Next::Refuse(changed_outside()) };
        Seen::new(is_before, false, next)
    }

    /// What is to be done where a project has the new name.
    fn there(&self, new: Found, old: Option<&Found>) -> Seen<ProjectWrite> {
        let old = old.filter(|old| !self.taken.contains(old.fields.name.as_str()));
        if let Some(old) = old {
            // The one that is recorded is there, too: this is another one.
            let next = Next::Refuse(TargetError::conflict(
                "a project of the new name is there: rename it in Palette, or declare another name",
            ));
            return Seen::new(self.is_before(old), false, next);
        }
        let is_in_place = self.before.is_some() && !self.is_renamed();
        if self.is_after(&new) {
            let is_before = is_in_place && self.is_before(&new);
            return Seen::new(is_before, true, Next::Nothing);
        }
        let is_before = match self.before {
            None => true,
            Some(_) => is_in_place && self.is_before(&new),
        };
        let may_be_ours = self.names.iter().any(|name| name.as_str() == new.fields.name);
        let is_ours = is_in_place && is_before || self.is_marked() && may_be_ours;
        let next = match self.before {
            _ if is_ours => Next::Write(ProjectWrite::Put(new)),
            Some(_) => Next::Refuse(changed_outside()),
            None => Next::Refuse(TargetError::conflict(
                "a project of this name is there, with another description or other labels; `keyplan import` it, or \
                 rename it there",
            )),
        };
        Seen::new(is_before, false, next)
    }

    fn not_there(&self, old: Option<Found>) -> Seen<ProjectWrite> {
        let is_before = match (self.before, &old) {
            (None, _) => true,
            (Some(_), Some(old)) => self.is_before(old),
            (Some(_), None) => false,
        };
        let next = match old {
            None => Next::Write(ProjectWrite::Create),
            Some(old) if is_before || self.is_marked() => Next::Write(ProjectWrite::Put(old)),
            Some(_) => Next::Refuse(changed_outside()),
        };
        Seen::new(is_before, false, next)
    }

    fn create(&self, session: &Session<'_>) -> Result<Written, TargetError> {
        let fields = self.after.map(ProjectFields::from);
        let description = fields.as_ref().and_then(|fields| fields.description.as_deref());
        let annotations: BTreeMap<_, _> = description.map(|text| (DESCRIPTION, text)).into_iter().collect();
        let (name, labels) =
            (fields.as_ref().map(|fields| &fields.name), fields.as_ref().map(|fields| &fields.labels));
        let body = json!({
            "metadata": {"name": name, "annotations": annotations, "labels": labels},
            "spec": {"users": [], "teams": []},
        });
        session.create(&Scope::Tenant, &["v1", "projects"], &body).map(Written::from)
    }

    fn put(&self, session: &Session<'_>, expected: &Found) -> Result<Written, TargetError> {
        let uid = expected.uid.as_str();
        let Some(project) = session.object(&Scope::Tenant, &["v1", "projects", uid])? else {
            return Ok(Written::Gone);
        };
        expected.is_still(&project)?;
        let mut metadata = project["metadata"].clone();
        if let Some(after) = self.after {
            let ProjectFields { name, description, labels } = ProjectFields::from(after);
            metadata["name"] = name.into();
            if description != expected.fields.description {
                // An empty one is none, whether what is left out stays or goes.
                set(&mut metadata["annotations"], DESCRIPTION, description.unwrap_or_default());
            }
            if labels != expected.fields.labels {
                metadata["labels"] = json!(labels);
            }
        }
        session.put(&Scope::Tenant, &["v1", "projects", uid, "meta"], &metadata)
    }
}

impl Step for ProjectStep<'_> {
    type Write = ProjectWrite;

    fn look(
        &self,
        session: &Session<'_>,
        _: Option<&ProjectWrite>,
    ) -> Result<Seen<ProjectWrite>, TargetError> {
        let all = read::projects(session)?;
        let old = self.old(session, &all)?;
        let Some(after) = self.after else { return Ok(self.gone(old)) };
        Ok(match found(session, &all, &after.name)? {
            Some(new) => self.there(new, old.as_ref()),
            None => self.not_there(old),
        })
    }

    fn write(&self, session: &Session<'_>, write: &ProjectWrite) -> Result<Written, TargetError> {
        match write {
            ProjectWrite::Create => self.create(session),
            ProjectWrite::Put(found) => self.put(session, found),
            ProjectWrite::Delete(found) => {
                let path = ["v1", "projects", found.uid.as_str()];
                let Some(project) = session.object(&Scope::Tenant, &path)? else { return Ok(Written::Gone) };
                found.is_still(&project)?;
                is_empty(session, &found.uid)?;
                session.delete(&Scope::Tenant, &path)
            }
        }
    }
}

impl Found {
    fn is_still(&self, project: &Value) -> Result<(), TargetError> {
        let now = wire::decode::<wire::Project>(project.clone());
        let now = now.map_err(|error| TargetError::refused(format!("it cannot be read: {error}")))?;
        if Self::from(now) == *self {
            return Ok(());
        }
        Err(TargetError::conflict("it is changed by others just now"))
    }
}

/// Whether Palette has to know a project otherwise than before.
pub(super) fn differs(before: &Project, after: &Project) -> bool {
    ProjectFields::from(before) != ProjectFields::from(after)
}

/// The project of a name, as it is.
fn found(session: &Session<'_>, all: &[wire::Named], name: &Name) -> Result<Option<Found>, TargetError> {
    let found = only(all, (ResourceKind::Project, name), |project| &project.name)?;
    let Some(project) = found else { return Ok(None) };
    let path = ["v1", "projects", project.uid.as_str()];
    session.get::<wire::Project>(&Scope::Tenant, &path).map(|project| Some(project.into()))
}

/// Refuses that a project goes with something in it.
fn is_empty(session: &Session<'_>, uid: &Uid) -> Result<(), TargetError> {
    let scope = Scope::Project(uid.clone());
    let has = |what: &str, name: &str| {
        let name = escaped(name);
        Err(TargetError::conflict(format!("it still has the {what} `{name}`: delete that in Palette first")))
    };
    if let Some(key) = read::keys(session, &scope)?.first() {
        return has("key", &key.name);
    }
    match read::clusters(session, &scope)?.first() {
        Some(cluster) => has("cluster", &cluster.name),
        None => Ok(()),
    }
}

/// Sets a field of an object, which may be null.
fn set(object: &mut Value, field: &str, text: String) {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    object[field] = text.into();
}

fn changed_outside() -> TargetError {
    TargetError::conflict(
        "its name, description or labels were changed outside of keyplan; `keyplan drift --repair` marks it to be \
         written anew",
    )
}
