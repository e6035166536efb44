//! The command line.

mod import;
mod options;
mod report_to;
mod schema_of;

use camino::Utf8PathBuf;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};

pub use self::import::{
    ImportAuthorizedKeys, ImportCommand, ImportInto, ImportNodes, ImportPalette, ImportTerraform,
};
pub use self::options::{
    AccessOptions, AnsweredOf, ApplyArgs, DriftArgs, Fixing, PlanArgs, PlanOutputArgs, Planning, ValidateArgs,
};
pub use self::report_to::{Annotations, ReportTo};
pub use self::schema_of::SchemaOf;
use super::exit_code::ExitCode;
use super::message::message;
use crate::model::{NodeFormat, StatePlace};

/// Plan and apply for SSH access.
///
/// A directory of YAML files declares projects, SSH keys and clusters. keyplan checks every rule
/// before anything is merged, and shows each problem at the bytes that are wrong.
#[derive(Debug, Parser)]
#[command(name = "keyplan", version, after_help = exit_codes(), max_term_width = 80, disable_help_subcommand = true)]
pub struct Args {
    /// Work in this directory instead of the current one
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<Utf8PathBuf>,
    /// The workspace, in place of naming it behind the command [default: .]
    #[arg(short, long, value_name = "DIR", global = true)]
    pub workspace: Option<Utf8PathBuf>,
    /// Where the state is: a folder, `s3://…`, `gs://…`, `az://…` or `git:…` [default: `KEYPLAN_STATE`, or `state` of
    /// keyplan.yaml]
    #[arg(long, value_name = "PLACE", global = true, value_parser = state_place)]
    pub state: Option<StatePlace>,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
    /// Tell findings in words instead of drawing them, for screen readers
    #[arg(long, global = true)]
    pub accessible: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check every rule on every file
    Validate(ValidateArgs),
    /// Show what would change, and who gains or loses access
    Plan(PlanArgs),
    /// Do what is declared, after showing it and asking; or do what a saved plan says
    Apply(ApplyArgs),
    /// Look at the nodes of recorded clusters, and tell what differs from what is recorded
    ///
    /// By your own ssh, the authorized keys of each node are read. Blocks of keyplan that are missing, edited or
    /// too many are drift; lines of others are counted. With the target `files`, the files are read that it keeps.
    Drift(DriftArgs),
    /// Tell who opens clusters, who may still, and who may change their keys
    ///
    /// It is answered of what is recorded, and of what is declared where nothing is recorded yet. A key that is past its
    /// last day is delivered nowhere, and opens nothing.
    Who {
        /// Clusters, projects and labels, as in `payments/prod-eu`, `project/payments` or `env=prod`; without any,
        /// all clusters
        #[arg(value_name = "SELECTOR")]
        selectors: Vec<String>,
        /// Of what, and how to tell
        #[command(flatten)]
        options: AccessOptions,
    },
    /// Tell what people, teams and keys open, may change, hold alone and may still hold
    Reach {
        /// Users, teams, keys and fingerprints, as in `ana@example.com`, `team:sre`, `key/payments/ops` or `SHA256:...`
        #[arg(value_name = "WHO", required = true)]
        whom: Vec<String>,
        /// Of what, and how to tell
        #[command(flatten)]
        options: AccessOptions,
    },
    /// Tell why a person opens a cluster, or which link is missing; end with 10 when they do not
    Why {
        /// The person, as in `ana@example.com`
        user: String,
        /// The cluster, as in `payments/prod-eu`
        cluster: String,
        /// Of what, and how to tell
        #[command(flatten)]
        options: AccessOptions,
    },
    /// Write a page that shows who opens which clusters, for a review or an audit
    ///
    /// It has the people with what they open, the clusters of each project, the keys by their last day, keys without an
    /// owner, people who may still hold a key, and how the access tests stand. The page is one file without scripts,
    /// and loads nothing. The same access and the same day give the same bytes.
    Report {
        /// The file to write, in HTML
        #[arg(long, value_name = "FILE", required = true)]
        html: Utf8PathBuf,
        /// Of what
        #[command(flatten)]
        of: AnsweredOf,
    },
    /// Show a saved plan, and whether it still applies
    Show {
        /// A file that `plan --out` saved
        #[arg(value_name = "FILE")]
        plan: Utf8PathBuf,
        /// The workspace that it was made from [default: .]
        #[arg(value_name = "DIR")]
        folder: Option<Utf8PathBuf>,
        /// How to tell of it
        #[command(flatten)]
        output: PlanOutputArgs,
    },
    /// Look into what was applied
    State {
        /// For people, or for machines
        #[arg(long, default_value = "human", global = true)]
        format: Format,
        /// What to look at
        #[command(subcommand)]
        command: StateCommand,
    },
    /// Print the line of `authorized_keys` for the nodes of a cluster, as sshd asks for it
    ///
    /// This is made to be the `AuthorizedKeysCommand` of sshd. It prints nothing when the cluster is not
    /// recorded, has no key, or has one that is past its last day, and ends with 0. When the state cannot be
    /// read it prints nothing either, says why, and ends with 1.
    AuthorizedKeys {
        /// The cluster, and where it is recorded
        #[command(flatten)]
        asked: AskedCluster,
        /// Print nothing unless this is the user that logs in on its nodes
        #[arg(long)]
        user: Option<String>,
        /// Print nothing unless the key has this fingerprint
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// Ask the sshd of nodes whether they conform, without any private key
    ///
    /// By your own ssh, each node is asked whether it would accept the recorded key of its cluster, and
    /// whether it still accepts keys that were recorded before. Nothing is run on a node.
    Verify {
        /// Clusters and projects, as in `payments/prod-eu` or `project/payments`; without any, all clusters
        #[arg(value_name = "SELECTOR")]
        selectors: Vec<String>,
        /// For people, or for machines
        #[arg(long, default_value = "human")]
        format: Format,
        /// Ask at most so many hosts at a time [default: `spec.ssh.parallel` of keyplan.yaml, or 16]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
        parallel: Option<u16>,
        /// Give each node so many seconds [default: `spec.ssh.timeout` of keyplan.yaml, or 10]
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=3600))]
        timeout: Option<u16>,
        /// Remember the host keys of nodes that are not known yet, instead of refusing them
        #[arg(long)]
        accept_new_host_keys: bool,
        /// The configuration of ssh, in place of your own
        #[arg(short = 'F', long, value_name = "FILE")]
        ssh_config: Option<Utf8PathBuf>,
    },
    /// Print a file that the nodes of a cluster are born from, with its one key in it
    Render {
        /// What reads the file
        #[arg(value_name = "FORMAT", value_parser = node_format())]
        format: NodeFormat,
        /// The cluster, as in `payments/prod-eu`
        #[arg(value_name = "CLUSTER")]
        cluster: String,
        /// The workspace: a directory of YAML files [default: .]
        #[arg(value_name = "DIR")]
        folder: Option<Utf8PathBuf>,
        /// Render what was applied, and not what is declared
        #[arg(long)]
        recorded: bool,
    },
    /// Tell what a rule does, why, and how to mend what it finds
    Explain {
        /// The rule; without one, all rules are listed
        rule: Option<String>,
        /// For people, or for machines
        #[arg(long, default_value = "human")]
        format: Format,
    },
    /// Print a JSON Schema
    Schema {
        /// What the schema describes
        #[arg(value_name = "WHAT", default_value = "declaration")]
        what: SchemaOf,
    },
    /// Declare what is there already: keys on nodes and in files, and what Palette or Terraform has
    ///
    /// Files that are there are never written over, what is declared already is not declared again, and nothing is
    /// written with which the workspace would not be valid. Nothing is changed where it comes from.
    Import {
        /// From what
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Start a workspace
    Init {
        /// Where [default: .]
        #[arg(value_name = "DIR")]
        folder: Option<Utf8PathBuf>,
    },
    /// Serve an editor: findings as you type, and who opens what
    ///
    /// It speaks the Language Server Protocol on standard input and output, and ends when the editor does. The workspace
    /// of a file is the nearest folder upwards that has a keyplan.yaml, unless `-w` names it.
    Lsp,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// What the script asks: to complete the last of these words; for bash, the line up to the cursor, and the
        /// end of it that readline is to replace
        #[arg(last = true, hide = true)]
        words: Vec<String>,
    },
    /// Print a manual page
    Man {
        /// The command that the page is about, as in `plan`, `state log` or `state-log`; without one, keyplan itself
        command: Vec<String>,
    },
}

/// The cluster that `authorized-keys` is about, and where it is recorded.
#[derive(Clone, Debug, clap::Args)]
pub struct AskedCluster {
    /// The cluster whose nodes ask, as in `payments/prod-eu`
    #[arg(value_name = "CLUSTER")]
    pub word: Option<String>,
    /// The cluster, in place of the word; the first word is then the workspace
    #[arg(long = "cluster", value_name = "CLUSTER")]
    pub option: Option<String>,
    /// The workspace, of which only `keyplan.yaml` is read [default: .]
    #[arg(value_name = "DIR")]
    pub folder: Option<Utf8PathBuf>,
}

/// What to look at in the state.
#[derive(Clone, Debug, Subcommand)]
pub enum StateCommand {
    /// List the addresses of all recorded resources
    List,
    /// Show one recorded resource
    Show {
        /// Its address, as in `key/payments/ops`
        address: String,
    },
    /// List revisions with what each changed, the newest first
    Log {
        /// Only those that changed this resource, as in `cluster/payments/prod-eu`, whatever it was called then
        address: Option<String>,
        /// Only those of this day or time in UTC and later, or of so long ago, as in `2026-11-01` or `7d`
        #[arg(long, value_name = "DATE|DURATION")]
        since: Option<String>,
    },
    /// Show what changed from one revision to another
    Diff {
        /// The revision to start from; 0 is before the first
        from: u64,
        /// The revision to end at; without it, the newest
        to: Option<u64>,
    },
    /// Print everything that is recorded, as JSON
    Export,
    /// Check every digest and the chain of revisions
    Verify,
    /// Give up an apply that never ended and whose target cannot be asked any more
    ///
    /// What it has done is then unknown: the clusters that it may have touched are recorded as partially applied, so that
    /// the next apply visits their nodes. Where the target can still be reached, `keyplan apply` does better: it
    /// looks what was done.
    Release {
        /// The lease that it holds, or how that begins; `keyplan state verify` tells it
        lease: String,
        /// Do not ask
        #[arg(long)]
        auto_approve: bool,
        /// Why it is given up: one line, kept in the log of the state
        #[arg(short, long, value_name = "TEXT", value_parser = message)]
        message: Option<String>,
    },
    /// Copy a state to another place, where it goes on
    ///
    /// Every object and every revision is copied and verified. Then the old place refuses every apply and names the new
    /// one. A copy that was cut short is made again, and goes on.
    Copy {
        /// The place where it is
        #[arg(value_parser = state_place)]
        from: StatePlace,
        /// The place where it is to go on, where nothing is yet
        #[arg(value_parser = state_place)]
        to: StatePlace,
        /// Do not ask
        #[arg(long)]
        auto_approve: bool,
        /// Why: one line, kept in the log of the old place
        #[arg(short, long, value_name = "TEXT", value_parser = message)]
        message: Option<String>,
    },
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Whom the output is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// People
    Human,
    /// Machines
    Json,
}

/// Reads the word for a format.
fn node_format() -> impl TypedValueParser<Value = NodeFormat> {
    PossibleValuesParser::new(NodeFormat::WORDS)
        .try_map(|word| NodeFormat::parse(&word).ok_or("this is no format"))
}

fn exit_codes() -> String {
    format!("Exit codes:\n{}", ExitCode::table())
}

/// Reads where a state is.
fn state_place(text: &str) -> Result<StatePlace, String> {
    StatePlace::parse(text).map_err(|error| format!("{error}; write it as in `{}`", error.example))
}
