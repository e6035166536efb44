//! `keyplan schema`

use serde_json::Value;

use super::Failure;
use super::args::SchemaOf;
use super::exit_code::ExitCode;
use super::terminal::Terminal;
use crate::declare::{Kind, schema};
use crate::render::json_v1::{self, Validation};

pub(super) fn run(what: SchemaOf, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    json_v1::write(terminal.out, &of(what))?;
    Ok(ExitCode::Done)
}

/// A schema, and the file under `schemas/` that keeps it.
#[must_use]
pub fn of(what: SchemaOf) -> Value {
    match what {
        SchemaOf::Declaration => schema::of_any(),
        SchemaOf::Project => schema::of_kind(Kind::Project),
        SchemaOf::Team => schema::of_kind(Kind::Team),
        SchemaOf::SshKey => schema::of_kind(Kind::SshKey),
        SchemaOf::Cluster => schema::of_kind(Kind::Cluster),
        SchemaOf::Workspace => schema::of_kind(Kind::Workspace),
        SchemaOf::Validate => schemars::schema_for!(Validation).to_value(),
    }
}

/// The file under `schemas/` that keeps a schema.
#[must_use]
pub const fn file(what: SchemaOf) -> &'static str {
    match what {
        SchemaOf::Declaration => "declaration-v1.json",
        SchemaOf::Project => "project-v1.json",
        SchemaOf::Team => "team-v1.json",
        SchemaOf::SshKey => "ssh-key-v1.json",
        SchemaOf::Cluster => "cluster-v1.json",
        SchemaOf::Workspace => "workspace-v1.json",
        SchemaOf::Validate => "validate-v1.json",
    }
}
