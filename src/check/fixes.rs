//! What fixes make of a workspace, in memory. Fixes that touch each other wait for the next round, which looks at
//! what the one before has made.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::Validated;
use crate::diagnostics::{Applicability, Diagnostic, LocatedFix, Rule};
use crate::source::{Edit, FileId, Span, edited};

/// How many rounds there are at most: what is left then remains a finding.
const MOST_ROUNDS: usize = 10;

/// A workspace after its fixes.
#[derive(Debug)]
pub struct Fixed {
    /// What was found before.
    pub before: Validated,
    /// What is left; nothing where there was no fix.
    pub after: Option<Validated>,
    /// The files that change, by their paths below the workspace.
    pub files: BTreeMap<Utf8PathBuf, FixedFile>,
}

/// A file before and after its fixes.
#[derive(Debug)]
pub struct FixedFile {
    pub before: String,
    pub after: String,
    /// The rules whose findings were fixed, once for each.
    pub rules: Vec<&'static Rule>,
}

impl Fixed {
    /// What is found now.
    #[must_use]
    pub fn left(&self) -> &Validated {
        self.after.as_ref().unwrap_or(&self.before)
    }

    /// How many findings were fixed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.values().map(|file| file.rules.len()).sum()
    }
}

/// Applies fixes up to an applicability until there are no more. `validate` checks the workspace with these texts in place
/// of what some of its files hold, by their paths below it.
///
/// # Errors
/// When `validate` fails.
pub fn fix<E>(
    most: Applicability,
    mut validate: impl FnMut(&BTreeMap<Utf8PathBuf, String>) -> Result<Validated, E>,
) -> Result<Fixed, E> {
    let mut texts = BTreeMap::new();
    let mut fixed = Fixed { before: validate(&texts)?, after: None, files: BTreeMap::new() };
    for _ in 0..MOST_ROUNDS {
        let validated = fixed.left();
        let round = Round::of(&validated.diagnostics, most);
        if round.files.is_empty() {
            break;
        }
        let mut changed = Vec::new();
        for (id, (edits, rules)) in round.files {
            let file = validated.sources.file(id);
            changed.push((
                file.path().to_owned(),
                file.text().to_owned(),
                edited(file.text(), &edits),
                rules,
            ));
        }
        for (path, text, after, rules) in changed {
            texts.insert(path.clone(), after.clone());
            let new = FixedFile { before: text, after: String::new(), rules: Vec::new() };
            let file = fixed.files.entry(path).or_insert(new);
            file.after = after;
            file.rules.extend(rules);
        }
        fixed.after = Some(validate(&texts)?);
    }
    Ok(fixed)
}

/// The fixes of a round: edits of each file in order, and the rules whose findings they fix.
#[derive(Default)]
struct Round {
    files: BTreeMap<FileId, (BTreeSet<Edit>, Vec<&'static Rule>)>,
}

impl Round {
    fn of(diagnostics: &[Diagnostic], most: Applicability) -> Self {
        let mut round = Self::default();
        for diagnostic in diagnostics {
            if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.applicability <= most) {
                round.take(fix, diagnostic.rule);
            }
        }
        round
    }

    /// Takes a fix, all of it, unless one that was taken touches it. Two findings may have the same fix.
    fn take(&mut self, fix: &LocatedFix, rule: &'static Rule) {
        let (edits, rules) = self.files.entry(fix.file).or_default();
        let is_taken = fix.edits.iter().all(|edit| edits.contains(edit));
        // Those that were taken lie apart: only the last one that begins before an edit ends may touch it.
        let bound = |edit: &Edit| Edit::new(Span::new(edit.span.end.saturating_add(1), 0), "");
        let last = |edit: &Edit| edits.range(..bound(edit)).next_back();
        let is_free = fix.edits.iter().all(|edit| last(edit).is_none_or(|taken| !taken.touches(edit)));
        if is_taken || is_free {
            rules.push(rule);
            edits.extend(fix.edits.iter().cloned());
        }
    }
}
