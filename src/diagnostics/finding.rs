//! A rule and what it finds: what is wrong, where, and what to do about it.

use jiff::civil::Date;

use super::fix::{Applicability, Fix};
use super::location::Location;
use crate::model::{AccessTest, Declared, Desired, Resources};
use crate::words::words;

words! {
    /// In the order of their weight.
    pub enum Severity {
        /// Not reported.
        Off = "off",
        /// Reported; stops nothing.
        Warning = "warning",
        /// Reported; stops plan and apply.
        Error = "error",
    }
}

/// What a rule looks at, and when.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// All resources at once: this finds what is wrong with them.
    Whole(fn(&Resources, &mut Vec<Finding>)),
    /// What is valid as a whole, beside the access tests and the day.
    Desired(fn(&Desired, &[Declared<AccessTest>], Date, &mut Vec<Finding>)),
    /// One value, where it is read.
    Value,
    /// A plan: the rule is a guard, which `plan` checks and which refuses to apply.
    Plan,
}

/// What keyplan checks. There is one static of this type for each file in `rules/`.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; the file's name; never changes.
    pub name: &'static str,
    /// The severity unless `keyplan.yaml` or the finding itself says otherwise.
    pub severity: Severity,
    /// Whether `keyplan.yaml` is refused a say.
    pub fixed: bool,
    /// What it finds, in one line of the rule table.
    pub summary: &'static str,
    pub check: Check,
    /// The kinds of fixes that its findings may offer.
    pub fixes: &'static [Applicability],
    /// What `keyplan explain` prints: Markdown with the headings `### What it does`, `### Why`,
    /// `### Example` and `### Remedy`, in this order.
    pub docs: &'static str,
}

/// Two rules are the same when they have the same name.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Rule {}

/// A place and what is to be said of it. The labels of a finding read as one sentence.
#[derive(Clone, Debug)]
pub struct Label {
    pub at: Location,
    /// Lower case, no final period.
    pub text: String,
}

/// One problem. The first label is the problem itself, the others are places that matter to it.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule,
    /// How much it matters, before the workspace's settings.
    pub severity: Severity,
    /// Whether the workspace's settings are refused a say in this case of the rule.
    pub is_fixed: bool,
    /// The headline: what is wrong. Lower case, no final period, the user's values in backticks.
    pub summary: String,
    /// Why it is wrong, where the headline and the labels do not say it.
    pub detail: Option<String>,
    pub help: Option<String>,
    /// Places, the problem itself first.
    pub labels: Vec<Label>,
    /// What `help` says, as edits.
    pub fix: Option<Fix>,
}

impl Rule {
    /// Starts a finding of this rule with its headline.
    #[must_use]
    pub fn finding(&'static self, summary: impl Into<String>) -> Finding {
        Finding {
            rule: self,
            severity: if self.severity == Severity::Off { Severity::Error } else { self.severity },
            is_fixed: self.fixed,
            summary: summary.into(),
            detail: None,
            help: None,
            labels: Vec::new(),
            fix: None,
        }
    }
}

impl Finding {
    /// Adds a label. The first one added is the problem itself.
    #[must_use]
    pub fn label(mut self, at: Location, text: impl Into<String>) -> Self {
        self.labels.push(Label { at, text: text.into() });
        self
    }

    /// Says what to do: the next keystroke.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to do, where there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// Says what to write, where that is known to the letter.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Makes this case of an error rule a warning, unless the workspace says otherwise.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Makes this case of a rule an error, whatever the workspace says.
    #[must_use]
    pub fn as_fixed_error(mut self) -> Self {
        (self.severity, self.is_fixed) = (Severity::Error, true);
        self
    }

    /// Whether it is less than an error, as long as the workspace says nothing else.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.severity < Severity::Error
    }
}
