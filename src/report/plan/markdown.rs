//! A plan for a comment of a review: what refuses it, what it means for access, what goes, and then the rest. What does
//! not fit is left out from the end.

use std::io::{self, Write};

use super::access;
use super::human::{Places, draw_beside_access, draw_details, reason, summary};
use crate::plan::{Action, Change, Guard, Plan};
use crate::report::markdown::{Document, fence, mark, span};
use crate::report::page::Page;
use crate::report::view::View;

/// How lines in fences are drawn: they are scrolled, not wrapped, where they are wider than the page.
const FENCED: View = View { width: 100, color: false, unicode: true, accessible: false };

/// Most characters of a git revision that are shown.
const LONGEST_REVISION: usize = 60;

/// Writes a plan, and above it what was done, where that is known. It has no more bytes than `max_bytes`, if that is
/// at least [`LEAST_BYTES`](super::LEAST_BYTES).
pub(super) fn draw(
    out: &mut dyn Write,
    plan: &Plan,
    places: Places<'_>,
    outcome: Option<&str>,
    max_bytes: usize,
) -> io::Result<()> {
    let mut document = Document::new(&mark(plan.base.workspace.as_deref()), max_bytes);
    document.paragraph(&format!("### keyplan: {}", title(plan)));
    if let Some(git) = &plan.base.git {
        let commit = git.commit.get(..10).unwrap_or(&git.commit);
        let revision: String = git.revision.chars().take(LONGEST_REVISION).collect();
        document.paragraph(&format!("Against {} ({commit}), not the state.", span(&revision)));
    }
    document.fenced("**What was done**", outcome.unwrap_or_default());
    document.section("**Guards refuse to apply this plan**", "guard", plan.guards.iter().map(guard));
    let meaning = drawn(|page| {
        if !plan.is_empty() {
            access::draw(page, &plan.access, &plan.changes, (&plan.former_holders, &plan.shared_nodes))?;
            page.gap()?;
        }
        draw_beside_access(page, plan)
    })?;
    document.fenced("**Access**", &meaning);
    let (deletions, others): (Vec<_>, Vec<_>) =
        plan.changes.iter().partition(|change| change.action() == Action::Delete);
    let item = |change: &&Change| told(change, places);
    document.section("**Deletions**", "deletion", deletions.iter().map(item));
    document.paragraph(&format!("**{}**", summary(plan)));
    document.section("**Changes**", "change", others.iter().map(item));
    out.write_all(document.text().as_bytes())
}

fn title(plan: &Plan) -> &'static str {
    match (plan.is_empty(), plan.guards.is_empty()) {
        (true, _) => "no changes",
        (false, true) => "plan",
        (false, false) => "plan, refused by guards",
    }
}

fn guard(Guard { rule, summary, help, addresses: _ }: &Guard) -> String {
    format!("- **{}**: {}  \n  help: {}", rule.word(), span(summary), span(help))
}

/// A change: a line, and what is below it in a fence.
fn told(change: &Change, places: Places<'_>) -> String {
    let previous =
        change.previous_address().map(|previous| format!(" (was {})", span(&previous.to_string())));
    let place = places(change).map(|place| format!(", at {}", span(&place)));
    let text = format!(
        "**{}** {}{}: {}{}\n",
        change.action().word(),
        span(&change.address().to_string()),
        previous.unwrap_or_default(),
        reason(change.reason()),
        place.unwrap_or_default()
    );
    let details = drawn(|page| draw_details(page, change, &change.address())).unwrap_or_default();
    if details.trim().is_empty() { text } else { format!("{text}\n{}", fence(&details)) }
}

/// What is drawn for people, as text.
fn drawn(draw: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> io::Result<String> {
    let mut text = Vec::new();
    draw(&mut Page::new(&mut text, FENCED))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
