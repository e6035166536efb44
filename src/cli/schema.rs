//! `keyplan schema`

use serde_json::Value;

use super::Failure;
use super::args::SchemaOf;
use super::exit_code::ExitCode;
use super::terminal::Terminal;
use crate::declare::{Kind, schema};
use crate::render::json_v1::{
    self, Applied, Drift, NodesVerified, ResourceList, StateExport, StateLog, StateVerified, Validation,
};
use crate::state::entry::{EntryFile, FormatFile};
use crate::state::plan_v1::PlanFile;
use crate::state::v1::{ProjectObject, TeamsObject};

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
        SchemaOf::Plan => schemars::schema_for!(PlanFile).to_value(),
        SchemaOf::Apply => schemars::schema_for!(Applied).to_value(),
        SchemaOf::Drift => schemars::schema_for!(Drift).to_value(),
        SchemaOf::StateList => schemars::schema_for!(ResourceList).to_value(),
        SchemaOf::StateLog => schemars::schema_for!(StateLog).to_value(),
        SchemaOf::StateExport => schemars::schema_for!(StateExport).to_value(),
        SchemaOf::StateVerify => schemars::schema_for!(StateVerified).to_value(),
        SchemaOf::Verify => schemars::schema_for!(NodesVerified).to_value(),
        SchemaOf::StateEntry => schemars::schema_for!(EntryFile).to_value(),
        SchemaOf::StateProject => schemars::schema_for!(ProjectObject).to_value(),
        SchemaOf::StateTeams => schemars::schema_for!(TeamsObject).to_value(),
        SchemaOf::StateFormat => schemars::schema_for!(FormatFile).to_value(),
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
        SchemaOf::Plan => "plan-v1.json",
        SchemaOf::Apply => "apply-v1.json",
        SchemaOf::Drift => "drift-v1.json",
        SchemaOf::StateList => "state-list-v1.json",
        SchemaOf::StateLog => "state-log-v1.json",
        SchemaOf::StateExport => "state-export-v1.json",
        SchemaOf::StateVerify => "state-verify-v1.json",
        SchemaOf::Verify => "verify-v1.json",
        SchemaOf::StateEntry => "state-entry-v1.json",
        SchemaOf::StateProject => "state-project-v1.json",
        SchemaOf::StateTeams => "state-teams-v1.json",
        SchemaOf::StateFormat => "state-format-v1.json",
    }
}
