//! `keyplan import nodes`

use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8Path;

use super::destination::Destination;
use super::keys::{Imported, Sources};
use super::told;
use crate::apply::{ApplyMonitor, Cancellation};
use crate::cli::args::ImportNodes;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Signals;
use crate::cli::looking::Looking;
use crate::cli::paths::in_directory;
use crate::cli::target::client;
use crate::cli::terminal::Terminal;
use crate::cli::workspace::today;
use crate::diagnostics::quoted;
use crate::import::LeftOut;
use crate::model::{Cloud, Cluster, Metadata, NodeAddress, is_login_user};
use crate::openssh::OpenSshVersion;
use crate::openssh::client::{Client, Limits};
use crate::targets::ssh::{NodeFile, Ssh};

pub(super) fn run(
    args: &ImportNodes,
    workspace: &Utf8Path,
    directory: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let given = logins(&args.nodes)?;
    let Some(mut destination) = Destination::open(workspace, terminal)? else {
        return Ok(ExitCode::Findings);
    };
    let config = args.ssh_config.as_deref().map(|config| in_directory(directory, config));
    let client = client(&destination.settings, config.as_deref())?;
    let signals = Signals::listen()?;
    signals.work_begins();
    let user = one_user(&given, &client, &signals)?;
    let nodes: Vec<_> =
        given.into_iter().map(|(_, node)| node).collect::<BTreeSet<_>>().into_iter().collect();
    let mut cluster = Cluster {
        project: args.into.project.clone(),
        name: args.cluster.clone(),
        metadata: Metadata::default(),
        ssh_key: None,
        cloud: Cloud::default(),
        login_user: user.as_str().into(),
        nodes: Vec::new(),
        sshd: None,
        known_keys: Vec::new(),
    };
    let is_declared = destination.has_cluster(&cluster, terminal)?;
    let ssh = Ssh::new(client, destination.settings.ssh, BTreeSet::new(), today())
        .map_err(Failure::io("cannot make ready to connect to nodes"))?;
    let files = ssh.read(&user, &nodes, &Looking::at(nodes.len(), &signals));
    if signals.cancellation() == Cancellation::Finish {
        return Err(Failure::Declined {
            problem: "interrupted; nothing was written".into(),
            help: "run it again when you are ready".into(),
        });
    }
    let Fleet { sources, answered, silent, sshd } = Fleet::of(&user, nodes, files, terminal)?;
    told::left_out(&silent, terminal)?;
    if answered.is_empty() {
        return Err(Failure::Refused {
            problem: "no node could be read".into(),
            help: "nothing was written; see that `ssh` lets you in to each of them without a question".into(),
        });
    }
    (cluster.nodes, cluster.sshd) = (answered, sshd);
    let mut imported = Imported::of(sources, &args.into, &mut destination, terminal)?;
    let mut clusters = Vec::new();
    if !is_declared {
        let (wanted, command) = (args.into.key.as_deref(), command(args, workspace));
        cluster.ssh_key = imported.key_of(&cluster.address(), wanted, &command, terminal)?;
        imported.tell_where_missing(&cluster, terminal)?;
        clusters.push(cluster.into());
    }
    imported.left_out.extend(silent);
    imported.write(&args.into.project, clusters, destination, terminal)
}

/// The nodes of the command line, each with its user if it names one.
fn logins(texts: &[String]) -> Result<Vec<(Option<&str>, NodeAddress)>, Failure> {
    let all = texts.iter().map(|text| {
        let (user, host) = text.rsplit_once('@').map_or((None, &**text), |(user, host)| (Some(user), host));
        let node = NodeAddress::parse(host).ok().filter(|_| user.is_none_or(is_login_user));
        node.map(|node| (user, node)).ok_or_else(|| Failure::Usage {
            problem: format!("{} is no node", quoted(text)),
            help: "write a host name or an IP address, as in `ubuntu@10.0.0.11` or `node-1.example.com:2222`"
                .into(),
        })
    });
    all.collect()
}

/// The one user that logs in on all nodes, as a cluster has one.
fn one_user(
    nodes: &[(Option<&str>, NodeAddress)],
    client: &Client,
    signals: &Signals,
) -> Result<String, Failure> {
    let goes_on = || signals.cancellation() == Cancellation::Continue;
    let limits = Limits::new(Duration::from_mins(1), &goes_on);
    let mut users = BTreeSet::new();
    for (user, node) in nodes {
        users.insert(match user {
            Some(user) => (*user).to_owned(),
            None => client.login_user(&node.destination_as_configured(), &limits).map_err(|error| {
                Failure::Refused {
                    problem: format!("it is not known who logs in on `{node}`: {error}"),
                    help: format!("write it, as in `ubuntu@{node}`"),
                }
            })?,
        });
    }
    let mut users = users.into_iter();
    match (users.next(), users.next()) {
        (Some(one), Some(other)) => Err(Failure::Refused {
            problem: format!(
                "{} and {} log in on these nodes, and a cluster has one `loginUser`",
                quoted(&one),
                quoted(&other)
            ),
            help: "import the nodes of each user as a cluster of their own".into(),
        }),
        (one, _) => one.filter(|user| is_login_user(user)).ok_or_else(|| Failure::Refused {
            problem: "the user that your ssh config names is none that a node can have".into(),
            help: "write another one, as in `ubuntu@10.0.0.11`".into(),
        }),
    }
}

/// What nodes have answered.
struct Fleet {
    sources: Sources,
    answered: Vec<NodeAddress>,
    /// Nodes that could not be read.
    silent: Vec<LeftOut>,
    /// The oldest OpenSSH, if it is known of all that have answered.
    sshd: Option<OpenSshVersion>,
}

impl Fleet {
    fn of(
        user: &str,
        nodes: Vec<NodeAddress>,
        files: Vec<Result<NodeFile, String>>,
        terminal: &mut Terminal<'_>,
    ) -> Result<Self, Failure> {
        let (mut sources, mut answered, mut silent) = (Sources::default(), Vec::new(), Vec::new());
        let mut versions = Vec::new();
        for (node, file) in nodes.into_iter().zip(files) {
            let name = format!("{user}@{node}");
            let read = file.and_then(|file| {
                let blocks = sources.add(&name, &file.bytes).map_err(|failure| failure.to_string())?;
                versions.push(file.sshd);
                Ok(blocks)
            });
            match read {
                Ok(blocks) => {
                    for block in blocks {
                        terminal.say(&format!("{name} has a block of keyplan already: `{block}`"))?;
                    }
                    answered.push(node);
                }
                Err(why) => silent.push(LeftOut { at: name, why, rule: None }),
            }
        }
        let sshd = versions.into_iter().min().flatten();
        Ok(Self { sources, answered, silent, sshd })
    }
}

/// The command line, without a key.
fn command(args: &ImportNodes, workspace: &Utf8Path) -> Vec<String> {
    let ImportNodes { nodes, into, cluster, ssh_config } = args;
    let mut command: Vec<String> = ["keyplan", "import", "nodes"].map(str::to_owned).into();
    command.extend(nodes.iter().cloned());
    command.extend(into.words(workspace));
    command.extend(["--cluster".to_owned(), cluster.to_string()]);
    command.extend(ssh_config.iter().flat_map(|config| ["-F".to_owned(), config.to_string()]));
    command
}
