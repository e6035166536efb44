//! What `import` is told.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;

use crate::model::{DEFAULT_LOGIN_USER, Name, Subject};

/// From what to import.
#[derive(Clone, Debug, Subcommand)]
pub enum ImportCommand {
    /// Declare the keys of files of authorized keys, also as GitHub and GitLab serve them
    ///
    /// Options of a line become `options` of its key, `expiry-time` its last day, and the comment its name. A key that a
    /// rule refuses is left out and told, and so is a line that no declaration can hold.
    AuthorizedKeys(ImportAuthorizedKeys),
    /// Declare the nodes of a cluster and the keys on them, by a look at each
    ///
    /// By your own ssh, the file of authorized keys of each node is read, and nothing is written there. Lines that keyplan
    /// has put are passed over. A node that does not answer is told and left out; it then ends with 9.
    #[command(override_usage = NODES_USAGE)]
    Nodes(ImportNodes),
    /// Declare the projects, teams, keys and clusters that Spectro Cloud Palette has, and record them
    ///
    /// It reads the tenant that keyplan.yaml names, with the API key in `SPECTROCLOUD_APIKEY`, and writes nothing there.
    /// What it finds is recorded as if keyplan had made it, so that a plan has no changes. What no declaration can hold is
    /// left out and told. A project that is recorded already is passed over. If one could not be read it ends with 9.
    Palette(ImportPalette),
    /// Declare the projects, teams, keys and clusters of Spectro Cloud Palette that Terraform keeps
    ///
    /// It reads what `terraform show -json` prints of a state, the resources of the provider `spectrocloud` in all modules.
    /// A key that only a cluster has is called after it. The state does not say in which project keys and clusters are,
    /// as that is an argument of the provider.
    Terraform(ImportTerraform),
}

/// The usage of `import nodes`, which clap would write in one line.
const NODES_USAGE: &str =
    "keyplan import nodes [OPTIONS] --project <PROJECT> --cluster <CLUSTER>\n       <[USER@]HOST>...";

/// What `import nodes` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportNodes {
    /// Nodes, as `HOST`, `USER@HOST` or `USER@HOST:PORT`; without a user, what your ssh config says
    #[arg(value_name = "[USER@]HOST", required = true)]
    pub nodes: Vec<String>,
    /// Where the keys belong
    #[command(flatten)]
    pub into: ImportInto,
    /// The cluster that these are the nodes of
    #[arg(long, value_name = "CLUSTER", value_parser = name, required = true)]
    pub cluster: Name,
    /// The configuration of ssh, in place of your own
    #[arg(short = 'F', long, value_name = "FILE")]
    pub ssh_config: Option<Utf8PathBuf>,
}

/// What `import palette` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportPalette {
    /// Import this project alone, and the teams that have a role in it; may be given more than once
    #[arg(long, value_name = "PROJECT", value_parser = name)]
    pub project: Vec<Name>,
}

/// What `import terraform` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportTerraform {
    /// What `terraform show -json` has printed; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: Utf8PathBuf,
    /// The project that the keys and clusters of the state are in
    #[arg(long, value_name = "PROJECT", value_parser = name)]
    pub project: Option<Name>,
    /// Take only keys and clusters within this module or resource, as in `module.payments`
    #[arg(long, value_name = "ADDRESS")]
    pub only: Vec<String>,
    /// A key that clusters have of several: its fingerprint, its comment or its name; may be given more than once
    #[arg(long, value_name = "KEY")]
    pub key: Vec<String>,
}

/// What `import authorized-keys` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportAuthorizedKeys {
    /// Files with one key on each line; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<Utf8PathBuf>,
    /// Where the keys belong
    #[command(flatten)]
    pub into: ImportInto,
    /// A cluster that one of the keys opens, to be declared as well; may be given more than once
    #[arg(long, value_name = "CLUSTER", value_parser = name)]
    pub cluster: Vec<Name>,
    /// The user that logs in on the nodes of the clusters
    #[arg(long, value_name = "USER", default_value = DEFAULT_LOGIN_USER, requires = "cluster")]
    pub login_user: String,
}

/// Where imported keys belong, and which of them a cluster has.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportInto {
    /// The project that the keys are declared in; it is declared too, unless it is already
    #[arg(long, value_name = "PROJECT", value_parser = name)]
    pub project: Name,
    /// Whose keys they are: a user, or `team:NAME`
    #[arg(long, value_name = "OWNER", value_parser = subject)]
    pub owner: Option<Subject>,
    /// The one key that a cluster has, where several open it: its fingerprint, its comment or its name
    #[arg(long, value_name = "KEY", requires = "cluster")]
    pub key: Option<String>,
}

impl ImportInto {
    /// How it is written, but for the key.
    pub(in crate::cli) fn words(&self, workspace: &Utf8Path) -> Vec<String> {
        let Self { project, owner, key: _ } = self;
        let workspace = (workspace != ".").then(|| ["-w".to_owned(), workspace.to_string()]);
        let owner = owner.iter().flat_map(|owner| ["--owner".to_owned(), owner.to_string()]);
        let project = ["--project".to_owned(), project.to_string()];
        workspace.into_iter().flatten().chain(project).chain(owner).collect()
    }
}

fn name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|error| error.to_string())
}

fn subject(text: &str) -> Result<Subject, String> {
    Subject::parse(text).map_err(|error| error.to_string())
}
