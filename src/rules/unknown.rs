//! References to what no document declares: what the rules unknown-project, unknown-team and unknown-key share.

use super::wrong_type::{TEMPLATE, is_template};
use crate::diagnostics::{Finding, Fix, Location, Rule, suggestion};

/// A name that no document declares, and where it is written.
#[derive(Debug)]
pub struct Undeclared<'a> {
    pub at: Location,
    pub name: &'a str,
    /// A file that could not be read to its end, so that the declaration may be in the rest; quoted.
    pub broken: Option<&'a str>,
}

impl Undeclared<'_> {
    /// The finding: what is known under a similar name, else how to `declare` it.
    pub(super) fn finding<'b>(
        self,
        rule: &'static Rule,
        summary: String,
        known: impl IntoIterator<Item = &'b str>,
        declare: &str,
    ) -> Finding {
        let near = suggestion(self.name, known);
        let help = match (near, self.broken) {
            (Some(near), _) => near.help(),
            (None, _) if is_template(self.name) => TEMPLATE.into(),
            (None, Some(path)) => format!("mend {path} first, where it may be declared; else declare it"),
            (None, None) => declare.to_owned(),
        };
        // What is meant may be declared in what could not be read.
        let near = near.filter(|_| self.broken.is_none());
        let fix = near.and_then(|near| Fix::name(self.at.clone(), near));
        rule.finding(summary).label(self.at, "no document declares it").help(help).fix(fix)
    }
}
