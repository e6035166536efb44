//! The command line.

use camino::Utf8PathBuf;
use clap::{Parser, Subcommand, ValueEnum};

use super::exit_code::ExitCode;

/// Plan and apply for SSH access.
///
/// A directory of YAML files declares projects, SSH keys and clusters. keyplan checks every rule
/// before anything is merged, and shows each problem at the bytes that are wrong.
#[derive(Debug, Parser)]
#[command(name = "keyplan", version, after_help = exit_codes(), max_term_width = 100, disable_help_subcommand = true)]
pub struct Args {
    /// Work in this directory instead of the current one
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<Utf8PathBuf>,
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
    Validate {
        /// The workspace: a directory of YAML files
        #[arg(value_name = "DIR", default_value = ".")]
        workspace: Utf8PathBuf,
        /// For people, or for machines
        #[arg(long, default_value = "human")]
        format: Format,
    },
    /// Tell what a rule does, why, and how to mend what it finds
    Explain {
        /// The rule; without one, all rules are listed
        rule: Option<String>,
    },
    /// Print a JSON Schema
    Schema {
        /// What the schema describes
        #[arg(value_name = "WHAT", default_value = "declaration")]
        what: SchemaOf,
    },
    /// Start a workspace
    Init {
        /// Where
        #[arg(value_name = "DIR", default_value = ".")]
        workspace: Utf8PathBuf,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    Man {
        /// The command that the page is about; without one, keyplan itself
        command: Option<String>,
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
    /// `kind: Workspace`
    Workspace,
    /// The output of `validate --format json`
    Validate,
}

impl SchemaOf {
    /// Every schema.
    pub const ALL: [Self; 7] = [
        Self::Declaration,
        Self::Project,
        Self::Team,
        Self::SshKey,
        Self::Cluster,
        Self::Workspace,
        Self::Validate,
    ];
}

fn exit_codes() -> String {
    format!("Exit codes:\n{}", ExitCode::table())
}
