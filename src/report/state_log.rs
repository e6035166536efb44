//! The log of a state for people.

use std::io::{self, Write};
use std::iter;

use super::page::{Page, Piece, listed, words};
use super::view::{View, plural};
use crate::diagnostics::visible;
use crate::plan::{Action, Reason};
use crate::state::entry::{Entry, EntryKind, Summary};
use crate::state::{LoggedChange, LoggedRevision};

/// Prints a revision: a line, and below it why and where it was recorded, and what it changed.
pub fn revision(out: &mut dyn Write, revision: &LoggedRevision, view: View) -> io::Result<()> {
    let LoggedRevision { head, changes } = revision;
    let Entry { number, time, actor, message, run, commit, kind, .. } = &head.entry;
    writeln!(out, "{number:>6}  {}  {}  {}", visible(time), visible(actor), what(kind))?;
    let mut page = Page::new(out, view);
    for (name, text) in [("why:", message), ("run:", run), ("commit:", commit)] {
        if let Some(text) = text {
            page.flow(8, 10, iter::once(Piece::new(name)).chain(words(text)))?;
        }
    }
    for (action, done) in
        [(Action::Create, "created:"), (Action::Update, "updated:"), (Action::Delete, "deleted:")]
    {
        let of: Vec<_> = changes.iter().filter(|change| change.action == action).collect();
        if !of.is_empty() {
            let named = listed(of.iter().map(|change| Piece::of(named(change))));
            page.flow(8, 10, iter::once(Piece::new(done)).chain(named))?;
        }
    }
    Ok(())
}

/// A change by its address.
fn named(change: &LoggedChange) -> String {
    let LoggedChange { action: _, reason, address, previous_address } = change;
    let reason = match reason {
        Reason::Rekey => Some("rekey".into()),
        Reason::Replaced => Some("another public key".into()),
        Reason::Declared | Reason::Changed | Reason::Renamed | Reason::NotDeclared => None,
    };
    let was = previous_address.as_ref().map(|previous| format!("was {previous}"));
    let more: Vec<String> = was.into_iter().chain(reason).collect();
    if more.is_empty() { address.to_string() } else { format!("{address} ({})", more.join(", ")) }
}

/// Says that there is no revision.
pub fn empty(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "nothing was applied yet; `keyplan apply` makes the first revision")
}

/// Says that nothing was recorded since a time.
pub fn none(out: &mut dyn Write, what: &str, since: &str, newest: (u64, &str)) -> io::Result<()> {
    let (number, time) = newest;
    let what = visible(what);
    writeln!(out, "since {since} {what}; the newest revision is {number}, of {}", visible(time))
}

fn what(kind: &EntryKind) -> String {
    match kind {
        EntryKind::Init { .. } => "the state is founded".into(),
        EntryKind::Apply { summary } => in_words(*summary),
        EntryKind::Begin { .. } => "an apply begins".into(),
        EntryKind::End { begin, summary, unfinished, forgotten_nodes } => {
            let undone = if *unfinished == 0 { String::new() } else { format!(", {unfinished} not done") };
            let given_up = match forgotten_nodes.join(", ") {
                none if none.is_empty() => String::new(),
                nodes => format!(", gives up {}", visible(&nodes)),
            };
            format!("ends {begin}: {}{undone}{given_up}", in_words(*summary))
        }
        EntryKind::Release { begin, partially_applied } => {
            format!("gives up {begin}: {} partially applied", plural(*partially_applied, "resource"))
        }
        EntryKind::Move { to } => format!("the state goes on at {}", visible(to)),
    }
}

fn in_words(summary: Summary) -> String {
    let Summary { create, update, delete } = summary;
    format!("{create} created, {update} updated, {delete} deleted")
}
