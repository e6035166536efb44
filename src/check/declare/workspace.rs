//! `kind: Workspace`, in `keyplan.yaml` at the top.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostics::Severity;
use crate::model::{DEFAULT_DIRECTORY, NodeFormat};
use crate::rules;

/// `spec` of the workspace.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceSpec {
    /// Files and folders that are passed over, by patterns of their paths below the workspace.
    pub exclude: Option<Vec<Option<Box<str>>>>,
    /// Where the state is kept: a folder relative to the workspace, `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`,
    /// `az://ACCOUNT/CONTAINER/PREFIX`, or `git:REMOTE#BRANCH` with the full name of a branch. `--state` and
    /// `KEYPLAN_STATE` override it.
    #[schemars(extend("default" = ".keyplan/state"))]
    pub state: Option<Box<str>>,
    /// Where changes land.
    #[schemars(extend("enum" = crate::model::TargetKind::WORDS, "default" = "record"))]
    pub target: Option<Box<str>>,
    /// The files that the target `files` keeps.
    pub files: Option<FilesSpec>,
    /// How the target `ssh`, and `keyplan drift`, reach nodes.
    pub ssh: Option<SshSpec>,
    /// Where the target `palette` finds Palette.
    pub palette: Option<PaletteSpec>,
    /// How much one plan may delete.
    pub budgets: Option<Budgets>,
    /// Who answers for the whole workspace, users or `team:NAME`: one of them approves changes of teams, new
    /// projects and these settings.
    pub owners: Option<Vec<Option<Box<str>>>>,
    /// Who is who at the forge that changes are reviewed on: users by their logins there.
    pub people: Option<BTreeMap<String, Box<str>>>,
    /// How much the findings of a rule matter.
    #[schemars(extend("propertyNames" = rule_names()))]
    pub rules: Option<BTreeMap<String, RuleLevel>>,
    /// The only key types that the rule `key-not-allowed` allows.
    pub allowed_key_types: Option<Vec<Option<Box<str>>>>,
    /// A file of keys that the rule `listed-key` finds: the `blocklist.dat` of badkeys, or a text of SHA256
    /// fingerprints. Its path is relative to the workspace, and stays inside of it.
    pub blocklist: Option<Box<str>>,
}

/// Files from which nodes are born with their key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilesSpec {
    /// The folder that they are kept in, relative to the workspace.
    #[schemars(extend("default" = DEFAULT_DIRECTORY))]
    pub directory: Option<String>,
    /// The formats: each cluster has one file in each of them.
    pub formats: Option<Vec<Option<FormatWord>>>,
}

/// A format of a file from which nodes are born with their key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct FormatWord(#[schemars(extend("enum" = NodeFormat::WORDS))] pub String);

/// How nodes are reached over SSH.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SshSpec {
    /// Most nodes that are visited at the same time.
    #[schemars(range(min = 1, max = 256), extend("default" = 16))]
    pub parallel: Option<u32>,
    /// Seconds that a node may take to let keyplan in, and again to answer.
    #[schemars(range(min = 1, max = 600), extend("default" = 10))]
    pub timeout: Option<u32>,
}

/// Where Palette is, and how it is asked. The API key is no setting: `SPECTROCLOUD_APIKEY` in the environment holds it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaletteSpec {
    /// The tenant that everything is in, by the name of its organisation or its uid. The API key of another tenant is
    /// refused.
    pub tenant: Option<Box<str>>,
    /// Where Palette answers: a host, or `https://` with a host and a port.
    #[schemars(extend("default" = crate::model::DEFAULT_PALETTE_HOST))]
    pub host: Option<Box<str>>,
    /// A file of certificates in PEM, relative to the workspace, that are trusted beside those of the system.
    pub ca_file: Option<Box<str>>,
    /// Most requests at the same time.
    #[schemars(range(min = 1, max = 64), extend("default" = 8))]
    pub parallel: Option<u32>,
    /// Seconds that a request may take in all.
    #[schemars(range(min = 1, max = 600), extend("default" = 60))]
    pub timeout: Option<u32>,
    /// Whose the members of teams are: `declared` here, or those of the identity system, which are only `observed`.
    #[schemars(extend("enum" = crate::model::TeamMembers::WORDS, "default" = "declared"))]
    pub teams: Option<Box<str>>,
}

/// How much one plan may take away before it needs to be told so.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Budgets {
    /// Most deletions.
    #[schemars(range(min = 0, max = 4_294_967_295_u32), extend("default" = 10))]
    pub deletes: Option<u32>,
    /// Most deletions in percent of what is recorded of a kind.
    #[schemars(range(min = 0, max = 100), extend("default" = 30))]
    pub deletes_percent: Option<u32>,
    /// Most clusters that are left without a key and people who lose a role, without a deletion.
    #[schemars(range(min = 0, max = 4_294_967_295_u32), extend("default" = 10))]
    pub access_loss: Option<u32>,
    /// The same in percent of those that are recorded in a project.
    #[schemars(range(min = 0, max = 100), extend("default" = 30))]
    pub access_loss_percent: Option<u32>,
}

/// How much the findings of a rule matter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct RuleLevel(#[schemars(extend("enum" = Severity::WORDS))] pub String);

/// The rules whose severity can be set, for editors to complete.
fn rule_names() -> serde_json::Value {
    let names: Vec<_> = rules::ALL.iter().filter(|rule| !rule.fixed).map(|rule| rule.name).collect();
    serde_json::json!({ "enum": names })
}
