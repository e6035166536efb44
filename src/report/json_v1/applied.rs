//! The outcome of a plan as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::apply::{NodeError, NodeNote, Outcome, Report, TargetError, TargetErrorKind};
use crate::diagnostics::visible;
use crate::plan::{Change, Plan};

/// What `keyplan apply --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan apply")]
pub struct Applied {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The revision that records the changes.
    pub revision: u64,
    /// The outcome of each change, in the order of the plan.
    pub outcomes: Vec<OutcomeV1>,
    /// Notes on nodes on which all was done: that a key which was taken away still opens one by
    /// a line that is not keyplan's, for example.
    pub notes: Vec<NodeNoteV1>,
    /// The nodes that were given up: their keys stay as they are.
    pub forgotten_nodes: Vec<String>,
}

/// The outcome of a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutcomeV1 {
    /// The resource.
    pub address: String,
    /// What was to be done.
    pub action: &'static str,
    /// `applied`, `failed` or `skipped`.
    pub status: &'static str,
    /// What kind of error made it fail; null where it did not.
    #[schemars(extend("enum" = error_kinds()))]
    pub error: Option<&'static str>,
    /// Why it was not done.
    pub reason: Option<String>,
    /// The nodes on which it could not be done.
    pub nodes: Vec<NodeErrorV1>,
}

/// Why something could not be done on a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeErrorV1 {
    /// The user and the node, as in `spectro@10.0.0.11`.
    pub node: String,
    /// What kind of error it is.
    #[schemars(extend("enum" = TargetErrorKind::WORDS))]
    pub error: &'static str,
    /// Why.
    pub reason: String,
}

/// A note on a node.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NodeNoteV1 {
    /// The user and the node, as in `spectro@10.0.0.11`.
    pub node: String,
    /// What.
    pub text: String,
}

/// Beside null.
fn error_kinds() -> Vec<Option<&'static str>> {
    TargetErrorKind::WORDS.iter().copied().map(Some).chain([None]).collect()
}

impl Applied {
    /// A plan and its outcome.
    #[must_use]
    pub fn new(plan: &Plan, report: &Report) -> Self {
        let outcome = |(change, outcome): (&Change, &Outcome)| {
            let (status, error, reason, nodes) = match outcome {
                Outcome::Applied => ("applied", None, None, &[][..]),
                Outcome::Failed(TargetError { kind, why, nodes }) => {
                    ("failed", Some(kind.word()), Some(visible(why)), nodes.as_slice())
                }
                Outcome::Skipped(why) => ("skipped", None, Some(visible(why)), &[][..]),
            };
            let node = |NodeError { node, kind, why }: &NodeError| NodeErrorV1 {
                node: visible(node),
                error: kind.word(),
                reason: visible(why),
            };
            OutcomeV1 {
                address: change.address().to_string(),
                action: change.action().word(),
                status,
                error,
                reason,
                nodes: nodes.iter().map(node).collect(),
            }
        };
        let note =
            |NodeNote { node, what }: &NodeNote| NodeNoteV1 { node: node.clone(), text: visible(what) };
        Self {
            format_version: FORMAT_VERSION,
            revision: report.revision,
            outcomes: plan.changes.iter().zip(&report.outcomes).map(outcome).collect(),
            notes: report.notes.iter().map(note).collect(),
            forgotten_nodes: plan.forgotten.iter().map(ToString::to_string).collect(),
        }
    }
}
