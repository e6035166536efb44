//! The JSON Schemas of declarations, for editors.

use serde_json::{Value, json};

use super::access_test::AccessTestSpec;
use super::cluster::ClusterSpec;
use super::document::Document;
use super::project::ProjectSpec;
use super::shape::schema_of;
use super::ssh_key::SshKeySpec;
use super::team::TeamSpec;
use super::workspace::WorkspaceSpec;
use super::{API_VERSION, Kind};

/// The schema of one kind of document.
#[must_use]
pub fn of_kind(kind: Kind) -> Value {
    let schema = match kind {
        Kind::Project => schema_of::<Document<ProjectSpec>>(),
        Kind::Team => schema_of::<Document<TeamSpec>>(),
        Kind::SshKey => schema_of::<Document<SshKeySpec>>(),
        Kind::Cluster => schema_of::<Document<ClusterSpec>>(),
        Kind::AccessTest => schema_of::<Document<AccessTestSpec>>(),
        Kind::Workspace => schema_of::<Document<WorkspaceSpec>>(),
    };
    let mut schema = schema.to_value();
    schema["title"] = kind.word().into();
    schema["description"] = about(kind).into();
    schema["properties"]["kind"]["const"] = kind.word().into();
    let spec = &schema["properties"]["spec"];
    // A `spec` in which something is required is required itself.
    if (spec.get("required").is_some() || spec.get("if").is_some())
        && let Some(required) = schema["required"].as_array_mut()
    {
        required.push("spec".into());
    }
    let metadata = &mut schema["properties"]["metadata"];
    for field in not_in_metadata(kind) {
        if let Some(fields) = metadata["properties"].as_object_mut() {
            fields.remove(*field);
        }
        if let Some(required) = metadata["required"].as_array_mut() {
            required.retain(|name| name != field);
        }
    }
    schema
}

const fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::Project => {
            "A project groups clusters, holds the SSH keys that they may have, and gives roles to users and teams."
        }
        Kind::Team => "A team is a name for several users.",
        Kind::SshKey => {
            "An SSH key is a public key under a name. It belongs to one project, and clusters of that project may have it."
        }
        Kind::Cluster => "A cluster belongs to one project and has at most one SSH key of that project.",
        Kind::AccessTest => {
            "An access test says what must be true of access to some clusters. It is checked, and never planned or applied."
        }
        Kind::Workspace => "The workspace: settings for everything below this directory.",
    }
}

/// The fields of `metadata` that a kind does not have.
const fn not_in_metadata(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Project => &["project"],
        Kind::Team => &["project", "previousName"],
        Kind::SshKey => &["previousName"],
        Kind::Cluster => &[],
        Kind::AccessTest | Kind::Workspace => &["project", "protected", "previousName"],
    }
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
        "description": "A project, a team, an SSH key, a cluster, an access test, or the workspace.",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"description": "The version of this format.", "const": API_VERSION},
            "kind": {"description": "What the document declares.", "enum": kinds},
        },
        "allOf": choices,
    })
}
