//! Rules and guards as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::validation::ApplicabilityWord;
use crate::diagnostics::{Check, Rule, Severity};

/// What `keyplan explain` prints as JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan explain")]
pub struct RuleList {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Rules and guards, in the order of their names; or the one that was asked for.
    pub rules: Vec<ExplainedRule>,
}

/// A rule, or a guard.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainedRule {
    /// What it is called, for ever.
    pub name: &'static str,
    /// Whether it looks at a plan, and refuses to apply that.
    pub guard: bool,
    /// How much its findings matter by default.
    pub severity: DefaultSeverity,
    /// Whether `keyplan.yaml` is refused a say.
    pub fixed: bool,
    /// The kinds of fixes that its findings may offer.
    pub fixes: Vec<ApplicabilityWord>,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// What it does, why, an example and the remedy, as Markdown.
    pub documentation: &'static str,
}

/// How much the findings of a rule matter where `keyplan.yaml` says nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DefaultSeverity {
    /// They stop plan and apply.
    Error,
    /// They stop nothing.
    Warning,
    /// They are not reported.
    Off,
}

impl RuleList {
    /// Rules in their order.
    #[must_use]
    pub fn new<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        Self { format_version: FORMAT_VERSION, rules: rules.into_iter().map(explained).collect() }
    }
}

fn explained(rule: &Rule) -> ExplainedRule {
    let Rule { name, severity, fixed, summary, check, fixes, docs } = *rule;
    ExplainedRule {
        name,
        guard: matches!(check, Check::Plan),
        severity: match severity {
            Severity::Error => DefaultSeverity::Error,
            Severity::Warning => DefaultSeverity::Warning,
            Severity::Off => DefaultSeverity::Off,
        },
        fixed,
        fixes: fixes.iter().map(|&fix| fix.into()).collect(),
        summary,
        documentation: docs.trim_end(),
    }
}
