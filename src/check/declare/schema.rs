//! The JSON Schemas of declarations, for editors.

use serde_json::{Value, json};

use super::cluster::ClusterDocument;
use super::project::ProjectDocument;
use super::shape::schema_of;
use super::ssh_key::SshKeyDocument;
use super::team::TeamDocument;
use super::workspace::WorkspaceDocument;
use super::{API_VERSION, Kind};

/// The schema of one kind of document.
#[must_use]
pub fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Project => schema_of::<ProjectDocument>(),
        Kind::Team => schema_of::<TeamDocument>(),
        Kind::SshKey => schema_of::<SshKeyDocument>(),
        Kind::Cluster => schema_of::<ClusterDocument>(),
        Kind::Workspace => schema_of::<WorkspaceDocument>(),
    }
    .to_value()
}

/// The schema of any document: its `kind` says which one holds, so that an editor completes and
/// checks each document of a file by its own kind.
#[must_use]
pub fn of_any() -> Value {
    let kinds = Kind::WORDS;
    let choices: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| {
            let mut schema = of_kind(*kind);
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("$schema");
            }
            json!({
                "if": {"properties": {"kind": {"const": kind.word()}}, "required": ["kind"]},
                "then": schema,
            })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keyplan declaration",
        "description": "A project, a team, an SSH key, a cluster, or the workspace.",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"description": "The version of this format.", "const": API_VERSION},
            "kind": {"description": "What the document declares.", "enum": kinds},
        },
        "allOf": choices,
    })
}
