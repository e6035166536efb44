//! `keyplan import authorized-keys`

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::destination::Destination;
use super::input::{KEYS, read};
use super::keys::{Imported, Sources};
use crate::cli::args::ImportAuthorizedKeys;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::model::{Cloud, Cluster, DEFAULT_LOGIN_USER, Metadata};

pub(super) fn run(
    args: &ImportAuthorizedKeys,
    workspace: &Utf8Path,
    directory: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let mut sources = Sources::default();
    for path in &args.files {
        let (name, bytes) = read(path, directory, KEYS)?;
        sources.add(&name, &bytes)?;
    }
    let Some(mut destination) = Destination::open(workspace, terminal)? else {
        return Ok(ExitCode::Findings);
    };
    let imported = Imported::of(sources, &args.into, &mut destination, terminal)?;
    let mut clusters = Vec::new();
    for name in args.cluster.iter().collect::<BTreeSet<_>>() {
        let mut cluster = Cluster {
            project: args.into.project.clone(),
            name: name.clone(),
            metadata: Metadata::default(),
            ssh_key: None,
            cloud: Cloud::default(),
            login_user: args.login_user.as_str().into(),
            nodes: Vec::new(),
            sshd: None,
            known_keys: Vec::new(),
        };
        if destination.has_cluster(&cluster, terminal)? {
            continue;
        }
        let command = command(args, workspace);
        cluster.ssh_key =
            imported.key_of(&cluster.address(), args.into.key.as_deref(), &command, terminal)?;
        if cluster.ssh_key.is_some() {
            clusters.push(cluster.into());
        }
    }
    imported.write(&args.into.project, clusters, destination, terminal)
}

/// The command line, without a key.
fn command(args: &ImportAuthorizedKeys, workspace: &Utf8Path) -> Vec<String> {
    let ImportAuthorizedKeys { files, into, cluster, login_user } = args;
    let mut command: Vec<String> = ["keyplan", "import", "authorized-keys"].map(str::to_owned).into();
    command.extend(files.iter().map(ToString::to_string));
    command.extend(into.words(workspace));
    command.extend(cluster.iter().flat_map(|cluster| ["--cluster".to_owned(), cluster.to_string()]));
    if login_user != DEFAULT_LOGIN_USER {
        command.extend(["--login-user".to_owned(), login_user.clone()]);
    }
    command
}
