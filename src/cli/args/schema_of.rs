//! What `keyplan schema` describes.

use clap::ValueEnum;

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Any document of a workspace
    Declaration,
    /// `kind: Project`
    Project,
    /// `kind: Team`
    Team,
    /// `kind: SSHKey`
    SshKey,
    /// `kind: Cluster`
    Cluster,
    /// `kind: AccessTest`
    AccessTest,
    /// `kind: Workspace`
    Workspace,
    /// The output of `validate --format json`
    Validate,
    /// The output of `explain --format json`
    Explain,
    /// The output of `plan --format json`, and what `plan --out` saves
    Plan,
    /// The output of `apply --format json`
    Apply,
    /// The output of `drift --format json`
    Drift,
    /// The output of `state list` and `state show` with `--format json`
    StateList,
    /// The output of `state log --format json`
    StateLog,
    /// The output of `state export`
    StateExport,
    /// The output of `state verify --format json`
    StateVerify,
    /// The output of `state copy --format json`
    StateCopy,
    /// The output of `state release --format json`
    StateRelease,
    /// The output of `verify --format json`
    Verify,
    /// The output of `who --format json`
    Who,
    /// The output of `reach --format json`
    Reach,
    /// The output of `why --format json`
    Why,
    /// An entry of the log of a state
    StateEntry,
    /// A recorded project in a state
    StateProject,
    /// The recorded teams in a state
    StateTeams,
    /// The former holders of keys in a state
    StateFormerHolders,
    /// `format.json` of a state
    StateFormat,
}
