//! Whether nodes obey as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diagnostics::visible;
use crate::report::verify::{self, obstacle_in_words};
use crate::verify::{Fault, Inquiry, KnownKey, Obstacle, Verdict, What};

/// What `keyplan verify --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan verify")]
pub struct NodesVerified {
    /// The version of this shape.
    pub format_version: &'static str,
    /// How many nodes obey.
    pub obey_count: usize,
    /// How many do not.
    pub disobey_count: usize,
    /// Of how many it could not be found out.
    pub unknown_count: usize,
    /// Every node that was asked, in the order of clusters and of their nodes.
    pub nodes: Vec<NodeVerified>,
}

/// Whether a node obeys.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeVerified {
    /// The cluster that it belongs to.
    pub cluster: String,
    /// The node.
    pub node: String,
    /// The user that would log in.
    pub user: String,
    /// What was found out.
    pub status: NodeStatus,
    /// What is wrong with what it accepts.
    pub faults: Vec<NodeFault>,
    /// The key that is to be accepted; nothing when no key is.
    pub declared: Option<AskedKey>,
    /// Keys that were recorded before and are not to be accepted any more, the newest first.
    pub earlier: Vec<AskedKey>,
    /// Why it could not be found out.
    pub reason: Option<String>,
}

/// What was found out of a node.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeStatus {
    /// It accepts the declared key, and none that was asked beside it.
    Obeys,
    /// It does not.
    Disobeys,
    /// It does not answer, or not to the end.
    Unreachable,
    /// Its host key is not the known one.
    HostKeyChanged,
    /// Its host key is not known.
    HostKeyUnknown,
    /// It, or the ssh here, cannot be asked for the key.
    CannotAsk,
    /// Somebody ended it before.
    Interrupted,
}

/// What is wrong with what a node accepts.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeFault {
    /// It lets in without any key.
    NeedsNoKey,
    /// It accepts a key that nobody has.
    AcceptsAnyKey,
    /// It does not accept the declared key.
    RefusesTheKey,
    /// It accepts a key that was recorded before.
    AcceptsAnEarlierKey,
}

/// A key that a node was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AskedKey {
    /// What it is called, or was.
    pub key: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether the node accepts it; nothing when it was not asked or did not answer.
    pub accepted: Option<bool>,
}

impl NodesVerified {
    /// What was asked of nodes, and what was found out.
    #[must_use]
    pub fn new(inquiries: &[Inquiry], verdicts: &[Verdict]) -> Self {
        let verify::Tally { obey, disobey, unknown } = verify::Tally::of(verdicts);
        Self {
            format_version: FORMAT_VERSION,
            obey_count: obey,
            disobey_count: disobey,
            unknown_count: unknown,
            nodes: inquiries.iter().zip(verdicts).map(|(inquiry, verdict)| node(inquiry, verdict)).collect(),
        }
    }
}

fn node(inquiry: &Inquiry, verdict: &Verdict) -> NodeVerified {
    let Inquiry { cluster, node, user, declared, earlier } = inquiry;
    let Verdict { what, answers } = verdict;
    let asked = |known: &KnownKey| {
        let KnownKey { address, key } = known;
        AskedKey {
            key: address.to_string(),
            fingerprint: key.fingerprint().to_string(),
            accepted: answers.get(key.fingerprint()).copied(),
        }
    };
    let (status, faults, reason) = match what {
        What::Obeys => (NodeStatus::Obeys, Vec::new(), None),
        What::Disobeys(faults) => (NodeStatus::Disobeys, faults.iter().map(Into::into).collect(), None),
        What::Unknown(obstacle) => (obstacle.into(), Vec::new(), Some(obstacle_in_words(obstacle).0)),
    };
    NodeVerified {
        cluster: cluster.to_string(),
        node: node.to_string(),
        user: visible(user),
        status,
        faults,
        declared: declared.as_ref().map(asked),
        earlier: earlier.iter().map(asked).collect(),
        reason,
    }
}

impl From<&Obstacle> for NodeStatus {
    fn from(obstacle: &Obstacle) -> Self {
        match obstacle {
            Obstacle::Unreachable(_) => Self::Unreachable,
            Obstacle::HostKeyChanged => Self::HostKeyChanged,
            Obstacle::HostKeyUnknown => Self::HostKeyUnknown,
            Obstacle::CannotAsk(_) => Self::CannotAsk,
            Obstacle::Interrupted => Self::Interrupted,
        }
    }
}

impl From<&Fault> for NodeFault {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::NeedsNoKey => Self::NeedsNoKey,
            Fault::AcceptsAnyKey => Self::AcceptsAnyKey,
            Fault::RefusesTheKey(_) => Self::RefusesTheKey,
            Fault::AcceptsAnEarlierKey(_) => Self::AcceptsAnEarlierKey,
        }
    }
}
