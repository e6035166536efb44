//! `keyplan schema`

use serde_json::Value;

use super::args::SchemaOf;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::check::declare::{Kind, schema};
use crate::report::json_v1::{
    self, Applied, Drift, NodesVerified, Reached, ResourceList, RuleList, StateCopied, StateExport, StateLog,
    StateReleased, StateVerified, Validation, WhoOpens, WhyAnswer,
};
use crate::state::entry::{EntryFile, FormatFile};
use crate::state::plan_v1::PlanFile;
use crate::state::v1::{FormerHoldersObject, ProjectObject, TeamsObject};

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
        SchemaOf::AccessTest => schema::of_kind(Kind::AccessTest),
        SchemaOf::Workspace => schema::of_kind(Kind::Workspace),
        SchemaOf::Validate => output(schemars::schema_for!(Validation)),
        SchemaOf::Explain => output(schemars::schema_for!(RuleList)),
        SchemaOf::Plan => output(schemars::schema_for!(PlanFile)),
        SchemaOf::Apply => output(schemars::schema_for!(Applied)),
        SchemaOf::Drift => output(schemars::schema_for!(Drift)),
        SchemaOf::StateList => output(schemars::schema_for!(ResourceList)),
        SchemaOf::StateLog => output(schemars::schema_for!(StateLog)),
        SchemaOf::StateExport => output(schemars::schema_for!(StateExport)),
        SchemaOf::StateVerify => output(schemars::schema_for!(StateVerified)),
        SchemaOf::StateCopy => output(schemars::schema_for!(StateCopied)),
        SchemaOf::StateRelease => output(schemars::schema_for!(StateReleased)),
        SchemaOf::Verify => output(schemars::schema_for!(NodesVerified)),
        SchemaOf::Who => output(schemars::schema_for!(WhoOpens)),
        SchemaOf::Reach => output(schemars::schema_for!(Reached)),
        SchemaOf::Why => output(schemars::schema_for!(WhyAnswer)),
        SchemaOf::StateEntry => schemars::schema_for!(EntryFile).to_value(),
        SchemaOf::StateProject => schemars::schema_for!(ProjectObject).to_value(),
        SchemaOf::StateTeams => schemars::schema_for!(TeamsObject).to_value(),
        SchemaOf::StateFormerHolders => schemars::schema_for!(FormerHoldersObject).to_value(),
        SchemaOf::StateFormat => schemars::schema_for!(FormatFile).to_value(),
    }
}

/// The schema of an output, which takes fields that a later version of the same format adds. What people write and
/// what the state keeps is checked as strictly as it is read.
fn output(schema: schemars::Schema) -> Value {
    let mut schema = schema.to_value();
    allow_added_fields(&mut schema);
    schema
}

fn allow_added_fields(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.remove("additionalProperties");
            }
            fields.values_mut().for_each(allow_added_fields);
        }
        Value::Array(items) => items.iter_mut().for_each(allow_added_fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
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
        SchemaOf::AccessTest => "access-test-v1.json",
        SchemaOf::Workspace => "workspace-v1.json",
        SchemaOf::Validate => "validate-v1.json",
        SchemaOf::Explain => "explain-v1.json",
        SchemaOf::Plan => "plan-v1.json",
        SchemaOf::Apply => "apply-v1.json",
        SchemaOf::Drift => "drift-v1.json",
        SchemaOf::StateList => "state-list-v1.json",
        SchemaOf::StateLog => "state-log-v1.json",
        SchemaOf::StateExport => "state-export-v1.json",
        SchemaOf::StateVerify => "state-verify-v1.json",
        SchemaOf::StateCopy => "state-copy-v1.json",
        SchemaOf::StateRelease => "state-release-v1.json",
        SchemaOf::Verify => "verify-v1.json",
        SchemaOf::Who => "who-v1.json",
        SchemaOf::Reach => "reach-v1.json",
        SchemaOf::Why => "why-v1.json",
        SchemaOf::StateEntry => "state-entry-v1.json",
        SchemaOf::StateProject => "state-project-v1.json",
        SchemaOf::StateTeams => "state-teams-v1.json",
        SchemaOf::StateFormerHolders => "state-former-holders-v1.json",
        SchemaOf::StateFormat => "state-format-v1.json",
    }
}
