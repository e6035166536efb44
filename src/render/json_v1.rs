//! The JSON that machines read, format version 1: frozen. A field is never renamed or taken out;
//! what changes shape gets a new version in a file of its own.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::paths::Shown;
use super::verify::obstacle_in_words;
use super::{drift, verify};
use crate::apply::{NodeTrouble, Outcome, Report, Trouble};
use crate::diagnostics::{self, Rule, Severity, visible};
use crate::model::{Address, Differences, Observed, Place, Recorded};
use crate::plan::{Change, FieldValue, Plan, Resource};
use crate::probe::{Fault, Inquiry, KnownKey, Obstacle, Verdict, What};
use crate::source::{self, SourceSet};
use crate::state::entry::EntryFile;
use crate::state::v1::{ProjectObject, TeamsObject};
use crate::state::{Head, State, Verified};
use crate::validate::{Counts, Validated};

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.0";

/// What `keyplan validate --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan validate", deny_unknown_fields)]
pub struct Validation {
    /// The version of this shape. Tools of version 1 read every 1.x.
    pub format_version: &'static str,
    /// Whether there is no finding of severity error.
    pub valid: bool,
    /// How many findings are errors.
    pub error_count: usize,
    /// How many findings are warnings.
    pub warning_count: usize,
    /// How much is declared.
    pub summary: Summary,
    /// Every finding, in the order of files and of places in them.
    pub diagnostics: Vec<Diagnostic>,
}

/// How much is declared.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Summary {
    /// Files of declarations.
    pub files: usize,
    /// Projects.
    pub projects: usize,
    /// Teams.
    pub teams: usize,
    /// SSH keys.
    pub keys: usize,
    /// Clusters.
    pub clusters: usize,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: SeverityWord,
    /// The rule that found it; `keyplan explain` tells more.
    pub rule: &'static str,
    /// What is wrong.
    pub summary: String,
    /// Why, where the summary does not say it.
    pub detail: Option<String>,
    /// The next keystroke.
    pub help: Option<String>,
    /// The bytes that are wrong.
    pub range: Range,
    /// What is to be said of these bytes.
    pub label: String,
    /// Other places that matter, perhaps in other files.
    pub related: Vec<Related>,
}

/// How much a finding matters.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityWord {
    /// It stops plan and apply.
    Error,
    /// It stops nothing.
    Warning,
}

/// Another place that matters to a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Related {
    /// Where.
    pub range: Range,
    /// What is to be said of it.
    pub message: String,
}

/// Bytes of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Range {
    /// The file, relative to the caller's directory.
    pub filename: String,
    /// The first character.
    pub start: Position,
    /// The one after the last character.
    pub end: Position,
}

/// A position in a file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Offset in bytes, from 0.
    pub byte: usize,
}

impl Validation {
    /// The findings of a workspace.
    #[must_use]
    pub fn new(validated: &Validated, shown: &Shown) -> Self {
        let (errors, warnings) = (validated.count(Severity::Error), validated.count(Severity::Warning));
        let Counts { files, projects, teams, keys, clusters } = validated.counts;
        Self {
            format_version: FORMAT_VERSION,
            valid: errors == 0,
            error_count: errors,
            warning_count: warnings,
            summary: Summary { files, projects, teams, keys, clusters },
            diagnostics: diagnostics(&validated.diagnostics, &validated.sources, shown),
        }
    }
}

/// Findings in their order.
#[must_use]
pub fn diagnostics(all: &[diagnostics::Diagnostic], sources: &SourceSet, shown: &Shown) -> Vec<Diagnostic> {
    all.iter().map(|one| diagnostic(one, sources, shown)).collect()
}

fn diagnostic(one: &diagnostics::Diagnostic, sources: &SourceSet, shown: &Shown) -> Diagnostic {
    let diagnostics::Diagnostic { rule, severity, summary, detail, help, labels } = one;
    let Rule { name, .. } = rule;
    let related = labels.iter().skip(1);
    Diagnostic {
        severity: match severity {
            Severity::Error => SeverityWord::Error,
            Severity::Warning | Severity::Off => SeverityWord::Warning,
        },
        rule: name,
        summary: summary.clone(),
        detail: detail.clone(),
        help: help.clone(),
        range: range(one.place(), sources, shown),
        label: labels.first().map(|(_, text)| text.clone()).unwrap_or_default(),
        related: related
            .map(|(place, text)| Related { range: range(*place, sources, shown), message: text.clone() })
            .collect(),
    }
}

fn range(place: source::Place, sources: &SourceSet, shown: &Shown) -> Range {
    let file = sources.file(place.file);
    let position = |byte| {
        let source::Position { line, column, byte } = file.position(byte);
        Position { line, column, byte }
    };
    Range {
        filename: shown.path(file.path()),
        start: position(place.span.start),
        end: position(place.span.end),
    }
}

/// What `keyplan apply --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan apply", deny_unknown_fields)]
pub struct Applied {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The revision that records the changes.
    pub revision: u64,
    /// What became of each change, in the order of the plan.
    pub outcomes: Vec<OutcomeV1>,
}

/// What became of a change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OutcomeV1 {
    /// The resource.
    pub address: String,
    /// What was to be done.
    pub action: &'static str,
    /// `applied`, `failed` or `skipped`.
    pub status: &'static str,
    /// Why it was not done.
    pub reason: Option<String>,
    /// The nodes on which it could not be done.
    pub nodes: Vec<NodeTroubleV1>,
}

/// Why something could not be done on a node.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NodeTroubleV1 {
    /// The user and the node, as in `spectro@10.0.0.11`.
    pub node: String,
    /// Why.
    pub reason: String,
}

impl Applied {
    /// A plan and what became of it.
    #[must_use]
    pub fn new(plan: &Plan, report: &Report) -> Self {
        let outcome = |(change, outcome): (&Change, &Outcome)| {
            let (status, reason, nodes) = match outcome {
                Outcome::Applied => ("applied", None, &[][..]),
                Outcome::Failed(Trouble { why, nodes, left: _ }) => {
                    ("failed", Some(visible(why)), nodes.as_slice())
                }
                Outcome::Skipped(why) => ("skipped", Some(visible(why)), &[][..]),
            };
            let nodes = nodes
                .iter()
                .map(|NodeTrouble { node, why }| NodeTroubleV1 { node: node.clone(), reason: visible(why) });
            OutcomeV1 {
                address: change.address().to_string(),
                action: change.action().word(),
                status,
                reason,
                nodes: nodes.collect(),
            }
        };
        Self {
            format_version: FORMAT_VERSION,
            revision: report.revision,
            outcomes: plan.changes.iter().zip(&report.outcomes).map(outcome).collect(),
        }
    }
}

/// What `keyplan drift --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan drift", deny_unknown_fields)]
pub struct Drift {
    /// The version of this shape.
    pub format_version: &'static str,
    /// How many places are as is recorded.
    pub in_step_count: usize,
    /// How many are not.
    pub drift_count: usize,
    /// How many could not be seen.
    pub unreachable_count: usize,
    /// Every place that was looked at, in their order.
    pub places: Vec<PlaceV1>,
}

/// A place where keys are put.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlaceV1 {
    /// What it is called, as in `spectro@10.0.0.11`.
    pub place: String,
    /// The clusters that are recorded to be there.
    pub clusters: Vec<String>,
    /// What was found out.
    pub status: PlaceStatus,
    /// Why it is broken, or why it could not be seen.
    pub reason: Option<String>,
    /// Clusters whose block is not there.
    pub missing: Vec<String>,
    /// Clusters that have a block there and should not.
    pub extra: Vec<String>,
    /// Clusters whose block holds something else.
    pub edited: Vec<String>,
    /// Lines of others that sshd reads; nothing when they could not be counted.
    pub foreign_lines: Option<usize>,
}

/// What was found out of a place.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceStatus {
    /// It is as is recorded.
    InStep,
    /// It is not.
    Drift,
    /// It could not be seen.
    Unreachable,
}

impl Drift {
    /// Places in their order.
    #[must_use]
    pub fn new(places: &[Place]) -> Self {
        let drift::Tally { in_step, drift, unknown } = drift::Tally::of(places);
        Self {
            format_version: FORMAT_VERSION,
            in_step_count: in_step,
            drift_count: drift,
            unreachable_count: unknown,
            places: places.iter().map(place).collect(),
        }
    }
}

fn place(place: &Place) -> PlaceV1 {
    let Place { name, clusters, observed } = place;
    let texts = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
    let (reason, seen) = match observed {
        Observed::Seen(seen) => (None, Some(seen)),
        Observed::Broken(why) | Observed::Unknown(why) => (Some(visible(why)), None),
    };
    let nothing = Differences::default();
    let Differences { missing, extra, edited, foreign_lines: _ } = seen.unwrap_or(&nothing);
    PlaceV1 {
        place: name.clone(),
        clusters: texts(clusters),
        status: match observed {
            Observed::Unknown(_) => PlaceStatus::Unreachable,
            observed if observed.is_drift() => PlaceStatus::Drift,
            Observed::Seen(_) | Observed::Broken(_) => PlaceStatus::InStep,
        },
        reason,
        missing: texts(missing),
        extra: texts(extra),
        edited: texts(edited),
        foreign_lines: seen.map(|seen| seen.foreign_lines),
    }
}

/// What `keyplan state list` and `state show` print as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state list", deny_unknown_fields)]
pub struct ResourceList {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Recorded resources, in the order of their addresses.
    pub resources: Vec<ListedResource>,
}

/// A recorded resource.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ListedResource {
    /// What it is called.
    pub address: String,
    /// Its fields by their names in declarations: one text, or the items of a list.
    pub fields: BTreeMap<String, Vec<String>>,
}

impl ResourceList {
    /// Resources in their order.
    #[must_use]
    pub fn new(resources: &[Resource]) -> Self {
        let listed = |resource: &Resource| {
            let change = Change::create(resource.clone(), None);
            let value = |value| match value {
                FieldValue::Text(text) => vec![text.into_owned()],
                FieldValue::List(items) => items,
            };
            ListedResource {
                address: resource.address().to_string(),
                fields: change
                    .fields()
                    .into_iter()
                    .filter_map(|field| Some((field.field.into_owned(), value(field.after?))))
                    .collect(),
            }
        };
        Self { format_version: FORMAT_VERSION, resources: resources.iter().map(listed).collect() }
    }
}

/// What `keyplan state log` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state log", deny_unknown_fields)]
pub struct StateLog {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The entries of the log, the newest first.
    pub revisions: Vec<EntryFile>,
}

impl StateLog {
    /// Entries in their order.
    #[must_use]
    pub fn new(entries: &[Head]) -> Self {
        let file = |head: &Head| EntryFile { digest: head.digest.clone(), entry: head.entry.clone() };
        Self { format_version: FORMAT_VERSION, revisions: entries.iter().map(file).collect() }
    }
}

/// What `keyplan state export` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state export", deny_unknown_fields)]
pub struct StateExport<'a> {
    /// The version of this shape.
    pub format_version: &'static str,
    /// The lineage of the state.
    pub lineage: Option<String>,
    /// The newest revision.
    pub revision: u64,
    /// All teams.
    pub teams: TeamsObject<'a>,
    /// All projects, each with what belongs to it.
    pub projects: Vec<ProjectObject<'a>>,
}

impl<'a> StateExport<'a> {
    /// All that is recorded.
    #[must_use]
    pub fn new(state: &State<'_>, recorded: &'a Recorded) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            lineage: state.lineage.clone(),
            revision: state.revision(),
            teams: TeamsObject { teams: recorded.teams.values().map(Into::into).collect() },
            projects: recorded.projects.values().map(Into::into).collect(),
        }
    }
}

/// What `keyplan state verify` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan state verify", deny_unknown_fields)]
pub struct StateVerified {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Entries of the log.
    pub revisions: usize,
    /// Objects that entries name.
    pub objects: usize,
    /// What is wrong, each naming its object.
    pub problems: Vec<String>,
}

impl StateVerified {
    /// The result of a check.
    #[must_use]
    pub fn new(verified: &Verified) -> Self {
        let Verified { revisions, objects, problems } = verified;
        Self {
            format_version: FORMAT_VERSION,
            sound: problems.is_empty(),
            revisions: *revisions,
            objects: *objects,
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What `keyplan verify --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan verify", deny_unknown_fields)]
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
#[schemars(deny_unknown_fields)]
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
#[schemars(deny_unknown_fields)]
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
        user: user.to_string(),
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

/// Writes a value as JSON, indented, with a line end.
///
/// # Errors
/// When the stream cannot be written to.
pub fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
