//! Whether nodes conform as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::diagnostics::visible;
use crate::report::verify::{self, obstacle_in_words};
use crate::verify::{KnownKey, NodeProblem, Probe, ProbeError, Verdict, What};

/// What `keyplan verify --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan verify")]
pub struct NodesVerified {
    /// The version of this shape.
    pub format_version: &'static str,
    /// How many nodes conform.
    pub conform_count: usize,
    /// How many do not.
    pub deviate_count: usize,
    /// Of how many it could not be found out.
    pub unknown_count: usize,
    /// Every node that was asked, in the order of clusters and of their nodes.
    pub nodes: Vec<NodeVerified>,
}

/// Whether a node conforms.
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
    pub problems: Vec<NodeProblemV1>,
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
    Conforms,
    /// It does not.
    Deviates,
    /// It does not answer, or not to the end.
    Unreachable,
    /// Its host key is not the known one.
    HostKeyChanged,
    /// Its host key is not known.
    HostKeyUnknown,
    /// It, or the ssh here, cannot be asked for the key.
    CannotAsk,
    /// The run was interrupted before.
    Interrupted,
}

/// What is wrong with what a node accepts.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeProblemV1 {
    /// It lets in without any key.
    NeedsNoKey,
    /// It accepts a random key, made for this question.
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
    pub fn new(probes: &[Probe], verdicts: &[Verdict]) -> Self {
        let verify::Tally { conform, deviate, unknown } = verify::Tally::of(verdicts);
        Self {
            format_version: FORMAT_VERSION,
            conform_count: conform,
            deviate_count: deviate,
            unknown_count: unknown,
            nodes: probes.iter().zip(verdicts).map(|(probe, verdict)| node(probe, verdict)).collect(),
        }
    }
}

fn node(probe: &Probe, verdict: &Verdict) -> NodeVerified {
    let Probe { cluster, node, user, declared, earlier } = probe;
    let Verdict { what, answers } = verdict;
    let asked = |known: &KnownKey| {
        let KnownKey { address, key } = known;
        AskedKey {
            key: address.to_string(),
            fingerprint: key.fingerprint().to_string(),
            accepted: answers.get(key.fingerprint()).copied(),
        }
    };
    let (status, problems, reason) = match what {
        What::Conforms => (NodeStatus::Conforms, Vec::new(), None),
        What::Deviates(problems) => (NodeStatus::Deviates, problems.iter().map(Into::into).collect(), None),
        What::Unknown(error) => (error.into(), Vec::new(), Some(obstacle_in_words(error).0)),
    };
    NodeVerified {
        cluster: cluster.to_string(),
        node: node.to_string(),
        user: visible(user),
        status,
        problems,
        declared: declared.as_ref().map(asked),
        earlier: earlier.iter().map(asked).collect(),
        reason,
    }
}

impl From<&ProbeError> for NodeStatus {
    fn from(error: &ProbeError) -> Self {
        match error {
            ProbeError::Unreachable(_) => Self::Unreachable,
            ProbeError::HostKeyChanged => Self::HostKeyChanged,
            ProbeError::HostKeyUnknown => Self::HostKeyUnknown,
            ProbeError::CannotAsk(_) => Self::CannotAsk,
            ProbeError::Interrupted => Self::Interrupted,
        }
    }
}

impl From<&NodeProblem> for NodeProblemV1 {
    fn from(problem: &NodeProblem) -> Self {
        match problem {
            NodeProblem::NeedsNoKey => Self::NeedsNoKey,
            NodeProblem::AcceptsAnyKey => Self::AcceptsAnyKey,
            NodeProblem::RefusesTheKey(_) => Self::RefusesTheKey,
            NodeProblem::AcceptsAnEarlierKey(_) => Self::AcceptsAnEarlierKey,
        }
    }
}
