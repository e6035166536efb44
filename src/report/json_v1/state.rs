//! What is recorded as JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diagnostics::visible;
use crate::model::{Address, Recorded};
use crate::plan::{Change, FieldValue, Resource};
use crate::state::entry::OpenApply;
use crate::state::v1::{ProjectObject, TeamsObject};
use crate::state::{Copied, Releasable, State, Verified};

/// What `keyplan state list` and `state show` print as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state list")]
pub struct ResourceList {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Recorded resources, in the order of their addresses.
    pub resources: Vec<ListedResource>,
}

/// A recorded resource.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedResource {
    /// What it is called.
    pub address: String,
    /// Its fields by their names in declarations: one text, or the items of a list.
    pub fields: BTreeMap<String, Vec<String>>,
    /// The clusters that have a key, where one resource is asked for; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<Vec<String>>,
}

impl ResourceList {
    /// Resources in their order.
    #[must_use]
    pub fn new(resources: &[Resource]) -> Self {
        let listed = |resource: &Resource| {
            let change = Change::create(resource.clone(), None);
            let value = |value| match value {
                FieldValue::Text(text) => vec![text.into_owned()],
                FieldValue::List(items) => items,
            };
            ListedResource {
                address: resource.address().to_string(),
                fields: change
                    .fields()
                    .into_iter()
                    .filter_map(|field| Some((field.field.into_owned(), value(field.after?))))
                    .collect(),
                clusters: None,
            }
        };
        Self { format_version: FORMAT_VERSION, resources: resources.iter().map(listed).collect() }
    }

    /// One resource, and the clusters that have it where it is a key.
    #[must_use]
    pub fn of_one(resource: &Resource, clusters: Option<&[Address]>) -> Self {
        let mut list = Self::new(std::slice::from_ref(resource));
        let clusters = clusters.map(|clusters| clusters.iter().map(ToString::to_string).collect());
        list.resources.iter_mut().for_each(|listed| listed.clusters.clone_from(&clusters));
        list
    }
}

/// What `keyplan state export` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state export")]
pub struct StateExport<'a> {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The lineage of the state.
    pub lineage: Option<String>,
    /// The newest revision.
    pub revision: u64,
    /// All teams.
    pub teams: TeamsObject<'a>,
    /// All projects, each with what belongs to it.
    pub projects: Vec<ProjectObject<'a>>,
}

impl<'a> StateExport<'a> {
    /// All that is recorded.
    #[must_use]
    pub fn new(state: &State<'_>, recorded: &'a Recorded) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            lineage: state.lineage.clone(),
            revision: state.revision(),
            teams: TeamsObject { teams: recorded.teams.values().map(Into::into).collect() },
            projects: recorded.projects.values().map(Into::into).collect(),
        }
    }
}

/// What `keyplan state verify` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state verify")]
pub struct StateVerified {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Entries of the log.
    pub revisions: usize,
    /// Objects that entries name.
    pub objects: usize,
    /// Applies that have begun and not ended.
    pub open_applies: Vec<OpenApply>,
    /// What is wrong, each naming its object.
    pub problems: Vec<String>,
}

impl StateVerified {
    /// The result of a check.
    #[must_use]
    pub fn new(verified: &Verified) -> Self {
        let Verified { revisions, objects, open, problems } = verified;
        Self {
            format_version: FORMAT_VERSION,
            sound: problems.is_empty(),
            revisions: *revisions,
            objects: *objects,
            open_applies: open.iter().map(|(apply, _)| apply.clone()).collect(),
            problems: problems.iter().map(|problem| visible(&problem.to_string())).collect(),
        }
    }
}

/// What `keyplan state release` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state release", deny_unknown_fields)]
pub struct StateReleased {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The revision that says so.
    pub revision: u64,
    /// The revision with which the apply had begun.
    pub begin: u64,
    /// What it may have touched, by their addresses: it is recorded as partially applied.
    pub partially_applied: Vec<String>,
}

impl StateReleased {
    /// An apply that was given up.
    #[must_use]
    pub fn new(released: &Releasable, revision: u64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            revision,
            begin: released.apply.begin,
            partially_applied: released
                .resources
                .iter()
                .map(|resource| resource.address().to_string())
                .collect(),
        }
    }
}

/// What `keyplan state copy` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state copy", deny_unknown_fields)]
pub struct StateCopied {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The place where the state goes on.
    pub to: String,
    /// The newest revision that is there.
    pub revision: u64,
    /// How many objects and entries were copied.
    pub copied: usize,
    /// How many were there already.
    pub present: usize,
}

impl StateCopied {
    /// A state that goes on at this place.
    #[must_use]
    pub fn new(copied: &Copied, to: &str) -> Self {
        let Copied { revision, copied, present } = *copied;
        Self { format_version: FORMAT_VERSION, to: visible(to), revision, copied, present }
    }
}
