//! Options that commands share, and those of `plan`, `apply` and `drift`.

use camino::Utf8PathBuf;

use super::{Annotations, Format, ReportTo};
use crate::cli::message::message;
use crate::plan::Allowed;
use crate::report::access::AccessFormat;
use crate::report::findings::FindingsFormat;
use crate::report::plan::{LEAST_BYTES, PlanFormat};

/// What to check, and how to tell.
#[derive(Clone, Debug, clap::Args)]
pub struct ValidateArgs {
    /// The workspace: a directory of YAML files [default: .]
    #[arg(value_name = "DIR")]
    pub folder: Option<Utf8PathBuf>,
    /// For people, or for machines [default: `KEYPLAN_FORMAT`, or human]
    #[arg(long)]
    pub format: Option<FindingsFormat>,
    /// Write the findings also to a file, in a format of its own, as in `sarif=keyplan.sarif`
    #[arg(long, value_name = "FORMAT=FILE", value_parser = ReportTo::<FindingsFormat>::parse)]
    pub report: Vec<ReportTo<FindingsFormat>>,
    /// When annotations of GitHub Actions follow what people read
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub annotations: Annotations,
    /// End with 3 also where there are only warnings
    #[arg(long)]
    pub deny_warnings: bool,
    /// End with 1 when fewer files are read than this
    #[arg(long, value_name = "N")]
    pub min_files: Option<usize>,
    /// What to mend
    #[command(flatten)]
    pub fixing: Fixing,
}

/// What `plan` is told.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The workspace: a directory of YAML files [default: .]
    #[arg(value_name = "DIR")]
    pub folder: Option<Utf8PathBuf>,
    /// How to plan
    #[command(flatten)]
    pub planning: Planning,
    /// Compare with the declarations at this git revision in place of the state; `REV...` is where HEAD left it
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Refuse the plan if anybody or anything gains access, and end with 5
    #[arg(long)]
    pub no_new_access: bool,
    /// Who wrote the change: refuse the plan, and end with 5, unless those who answer for it at the base have
    /// approved what gives access
    #[arg(long, value_name = "LOGIN", requires = "base")]
    pub author: Option<String>,
    /// Who has approved the change
    #[arg(long, value_name = "LOGIN,...", value_delimiter = ',', requires = "author")]
    pub approved_by: Vec<String>,
    /// Save the plan, to apply exactly that later
    #[arg(long, value_name = "FILE")]
    pub out: Option<Utf8PathBuf>,
    /// End with 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// What `validate` does about findings that know their remedy.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Fixing {
    /// Write into the files what findings know to the letter, where only how something is written changes
    #[arg(long)]
    pub fix: bool,
    /// With `--fix` or `--diff`: also where it is a guess, or names people, teams, keys, projects or roles, so that
    /// others may get in
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what `--fix` would change as a diff, and write nothing
    #[arg(long, conflicts_with_all = ["format", "report"])]
    pub diff: bool,
}

/// Of what a question about access is answered, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct AccessOptions {
    /// Of what
    #[command(flatten)]
    pub of: AnsweredOf,
    /// Tell only of keys that are valid and whose last day is within so many days, as in `90d`
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub expires_within: Option<u32>,
    /// For people, for machines, or for spreadsheets
    #[arg(long, default_value = "human")]
    pub format: AccessFormat,
}

/// Of what access is told: without any of these, of what is recorded.
#[derive(Clone, Debug, clap::Args)]
pub struct AnsweredOf {
    /// Ask of what is declared, and not of what is recorded
    #[arg(long, conflicts_with = "at")]
    pub declared: bool,
    /// Ask of this revision of the state, or of the newest one at the end of this day, in UTC
    #[arg(long, value_name = "REVISION|DATE")]
    pub at: Option<String>,
    /// Ask of what is declared at this git revision; `REV...` is where HEAD left it
    #[arg(long, value_name = "REV", conflicts_with_all = ["declared", "at"])]
    pub base: Option<String>,
}

/// Reads a number of days, as in `90d`.
fn days(text: &str) -> Result<u32, &'static str> {
    let number = text.strip_suffix('d').unwrap_or(text);
    number.parse().map_err(|_| "write a number of days, as in `90d`")
}

/// How to tell of a plan.
#[derive(Clone, Debug, clap::Args)]
pub struct PlanOutputArgs {
    /// For people, for machines, or for a review [default: `KEYPLAN_FORMAT`, or human]
    #[arg(long)]
    pub format: Option<PlanFormat>,
    /// Write it also to a file, in a format of its own, as in `markdown=plan.md`
    #[arg(long, value_name = "FORMAT=FILE", value_parser = ReportTo::<PlanFormat>::parse)]
    pub report: Vec<ReportTo<PlanFormat>>,
    /// Leave whole changes out of Markdown that would have more bytes, and say how many; at least 2000
    #[arg(long, value_name = "N", value_parser = max_bytes)]
    pub max_bytes: Option<usize>,
}

/// Reads the limit of a document.
fn max_bytes(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number >= LEAST_BYTES);
    number.ok_or_else(|| format!("write a number, which is at least {LEAST_BYTES}"))
}

/// How to plan.
#[derive(Clone, Debug, clap::Args)]
pub struct Planning {
    /// How to tell of it
    #[command(flatten)]
    pub output: PlanOutputArgs,
    /// When annotations of GitHub Actions follow what people read of findings that stop it
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub annotations: Annotations,
    /// Allow exactly this many deletions
    #[arg(long, value_name = "N")]
    pub allow_deletes: Option<usize>,
    /// Allow exactly this many clusters and people to lose access without being deleted
    #[arg(long, value_name = "N")]
    pub allow_access_loss: Option<usize>,
    /// Allow the nodes of exactly this many clusters to be replaced
    #[arg(long, value_name = "N")]
    pub allow_repaves: Option<usize>,
    /// Give up a node that a cluster leaves: it is not visited, and its files stay as they are
    #[arg(long, value_name = "NODE")]
    pub forget_node: Vec<String>,
}

impl Planning {
    /// What it allows by number.
    #[must_use]
    pub const fn allowed(&self) -> Allowed {
        Allowed {
            deletes: self.allow_deletes,
            access_loss: self.allow_access_loss,
            repaves: self.allow_repaves,
            no_new_access: false,
        }
    }
}

/// What `apply` is told.
#[derive(Debug, clap::Args)]
pub struct ApplyArgs {
    /// The workspace, or a file that `plan --out` saved [default: .]
    #[arg(value_name = "DIR|FILE")]
    pub what: Option<Utf8PathBuf>,
    /// The workspace of a saved plan [default: .]
    #[arg(value_name = "DIR")]
    pub folder: Option<Utf8PathBuf>,
    /// How to plan
    #[command(flatten)]
    pub planning: Planning,
    /// Do not ask
    #[arg(long)]
    pub auto_approve: bool,
    /// Why this is done: one line, kept in the log of the state
    #[arg(short, long, value_name = "TEXT", value_parser = message)]
    pub message: Option<String>,
    /// Take this key away from nodes even where keyplan itself came in with it
    #[arg(long, value_name = "KEY")]
    pub remove_own_key: Vec<String>,
    /// In Palette, take roles even where you have none in a project then
    #[arg(long)]
    pub remove_own_role: bool,
    /// The configuration of ssh, in place of your own
    #[arg(short = 'F', long, value_name = "FILE")]
    pub ssh_config: Option<Utf8PathBuf>,
}

/// What to look at, and what to do about it.
#[derive(Clone, Debug, clap::Args)]
pub struct DriftArgs {
    /// Clusters and projects, as in `payments/prod-eu` or `project/payments`, and with the target `palette` teams and
    /// keys; without any, all
    #[arg(value_name = "SELECTOR")]
    pub selectors: Vec<String>,
    /// Mark what differs as partially applied, so that the next apply writes it anew
    #[arg(long)]
    pub repair: bool,
    /// Why it is repaired: one line, kept in the log of the state
    #[arg(short, long, value_name = "TEXT", value_parser = message, requires = "repair")]
    pub message: Option<String>,
    /// The configuration of ssh, in place of your own
    #[arg(short = 'F', long, value_name = "FILE")]
    pub ssh_config: Option<Utf8PathBuf>,
    /// List also what is there and not recorded
    #[arg(long)]
    pub all: bool,
    /// Take a line of others for drift, too, unless its key is one of the `knownKeys` of a cluster there
    #[arg(long)]
    pub strict: bool,
    /// For people, or for machines
    #[arg(long, default_value = "human")]
    pub format: Format,
}
