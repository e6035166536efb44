//! A rule: its name, how much it matters, and its documentation.

use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Not reported.
    Off,
    /// Reported; stops nothing.
    Warning,
    /// Reported; stops plan and apply.
    Error,
}

impl Severity {
    /// Every severity, in the order of its weight.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warning, Self::Error];

    /// The word for it in `keyplan.yaml` and in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
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
