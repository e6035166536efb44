//! `keyplan authorized-keys`: what sshd is to heed for the nodes of a cluster, as its
//! `AuthorizedKeysCommand`. It reads the state only, and as little of that as answers the question. It
//! never writes. When it cannot tell, it prints nothing and ends with an error, and sshd lets nobody in.

use camino::Utf8Path;

use super::args::AskedCluster;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::selector;
use super::terminal::Terminal;
use super::workspace::{founded, settled_store, today};
use crate::diagnostics::quoted;
use crate::model::{Cluster, Name, RecordedProject, SshKey};
use crate::openssh::Fingerprint;
use crate::state::State;

pub(super) struct Question<'a> {
    pub(super) cluster: &'a str,
    pub(super) user: Option<&'a str>,
    pub(super) fingerprint: Option<&'a str>,
    pub(super) workspace: &'a Utf8Path,
}

impl AskedCluster {
    /// The cluster, and the folder of the workspace if one is named. Beside the option the first word is the folder.
    pub(super) fn names(&self) -> Result<(&str, Option<&Utf8Path>), Failure> {
        let Self { word, option, folder } = self;
        let (word, folder) = (word.as_deref(), folder.as_deref());
        match (option.as_deref(), word, folder) {
            (None, None, _) => Err(Failure::Usage {
                problem: "no cluster is named".into(),
                help: "write its project and its name, as in `keyplan authorized-keys payments/prod-eu`"
                    .into(),
            }),
            (None, Some(cluster), folder) => Ok((cluster, folder)),
            (Some(cluster), None, _) => Ok((cluster, None)),
            (Some(cluster), Some(folder), None) => Ok((cluster, Some(Utf8Path::new(folder)))),
            (Some(_), Some(word), _) => Err(Failure::Usage {
                problem: format!("{} is one word too many", quoted(word)),
                help: "name the cluster once, and one workspace".into(),
            }),
        }
    }
}

pub(super) fn run(question: &Question<'_>, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let (project, cluster) = selector::cluster(question.cluster)?;
    let offered = question.fingerprint.map(parse_fingerprint).transpose()?;
    let store = settled_store(question.workspace, terminal.state.as_ref())?;
    let state = founded(State::newest(&store)?)?;
    let Some(recorded) = state.project(project.as_str())? else { return Ok(ExitCode::Done) };
    let opened = key_of(&recorded, &cluster, question.user);
    let is_asked_for = |(key, _): &(&SshKey, &Cluster)| {
        let is_offered = offered.is_none_or(|offered| offered == *key.public_key.fingerprint());
        let is_valid = key.expires.is_none_or(|last| today() <= last);
        is_offered && is_valid
    };
    if let Some((key, cluster)) = opened.filter(is_asked_for) {
        terminal.exact(&format!("{}\n", key.authorized_line(cluster.sshd)))?;
    }
    Ok(ExitCode::Done)
}

/// The one key of a cluster, if it is for this user, and the cluster.
fn key_of<'a>(
    recorded: &'a RecordedProject,
    cluster: &Name,
    user: Option<&str>,
) -> Option<(&'a SshKey, &'a Cluster)> {
    let cluster = &**recorded.clusters.get(cluster)?;
    let Cluster { ssh_key, login_user, .. } = cluster;
    let is_for_user = user.is_none_or(|user| user == &**login_user);
    let key = recorded.keys.get(ssh_key.as_ref()?)?;
    is_for_user.then_some((&**key, cluster))
}

fn parse_fingerprint(text: &str) -> Result<Fingerprint, Failure> {
    text.parse().map_err(|fault| Failure::Usage {
        problem: format!("{} is no fingerprint: {fault}", quoted(text)),
        help: "sshd gives it as `%f`, unless its `FingerprintHash` is another than sha256".into(),
    })
}
