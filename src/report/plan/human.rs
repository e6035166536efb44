//! A plan for people: what goes, what else changes, what that means for access, which guards refuse it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::iter;

use super::{access, fields};
use crate::model::{Address, NodeAddress, ResourceKind};
use crate::plan::{Action, Change, Guard, GuardRule, Note, Plan, Reason};
use crate::report::page::{self, Page, Piece, Tint};
use crate::report::view::{View, plural};

/// Where a change is asked for, as `path:line`.
pub type Places<'a> = &'a (dyn Fn(&Change) -> Option<String> + Sync);

/// Draws a plan and its summary line; of an empty plan its notes and the summary line. `places` knows where a
/// declaration is, as `path:line`.
pub(super) fn draw(out: &mut dyn Write, plan: &Plan, places: Places<'_>, view: View) -> io::Result<()> {
    let Plan {
        base: _,
        changes,
        forgotten: _,
        access,
        repaved: _,
        former_holders,
        shared_nodes,
        notes: _,
        guards,
    } = plan;
    let mut page = Page::new(out, view);
    if !plan.is_empty() {
        let (deletes, rest): (Vec<_>, Vec<_>) =
            changes.iter().partition(|change| change.action() == Action::Delete);
        for part in [deletes, rest] {
            page.each(&part, |page, change| draw_change(page, change, places))?;
            if !part.is_empty() {
                page.gap()?;
            }
        }
        access::draw(&mut page, access, changes, (former_holders, shared_nodes))?;
        page.gap()?;
    }
    draw_beside_access(&mut page, plan)?;
    if !plan.is_empty() {
        draw_guards(&mut page, guards)?;
    }
    page.flow(0, 0, [Piece::new(summary(plan))])
}

/// What else is to be known before a plan is applied.
pub(super) fn draw_beside_access(page: &mut Page<'_>, plan: &Plan) -> io::Result<()> {
    if !plan.is_empty() {
        draw_repaved(page, &plan.repaved)?;
        draw_forgotten(page, &plan.forgotten)?;
    }
    draw_notes(page, &plan.notes)
}

/// The last line of a plan, which CI can look for: `Plan: 3 to create, 1 to update, 2 to delete.` or
/// `No changes.`
#[must_use]
pub fn summary(plan: &Plan) -> String {
    if plan.is_empty() {
        return "No changes.".into();
    }
    let [create, update, delete] =
        [Action::Create, Action::Update, Action::Delete].map(|action| plan.count(action));
    format!("Plan: {create} to create, {update} to update, {delete} to delete.")
}

fn draw_change(page: &mut Page<'_>, change: &Change, places: Places<'_>) -> io::Result<()> {
    let tint = match change.action() {
        Action::Create => Tint::Green,
        Action::Update => Tint::Yellow,
        Action::Delete => Tint::Red,
    };
    let address = change.address();
    let mut header = vec![Piece::new(page.sign(change.action())).tint(tint)];
    match change.previous_address() {
        None => header.push(Piece::of(&address).tail(":").tint(tint)),
        Some(previous) => {
            header.push(Piece::of(&address).tint(tint));
            header.push(Piece::of(format_args!("(was {previous}):")));
        }
    }
    header.push(Piece::new(reason(change.reason())));
    let place = places(change);
    header.extend(place.map(|place| Piece::of(format_args!("at {place}")).tint(Tint::Dim)));
    page.flow(0, 4, header)?;
    draw_details(page, change, &address)
}

/// What is said below the line of a change.
pub(super) fn draw_details(page: &mut Page<'_>, change: &Change, address: &Address) -> io::Result<()> {
    fields::draw(page, change)?;
    draw_reach(page, change, address)
}

pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Declared => "declared",
        Reason::Changed => "changed",
        Reason::Renamed => "renamed",
        Reason::Rekey => "rekey",
        Reason::Replaced => "another public key",
        Reason::NotDeclared => "no longer declared",
    }
}

/// The clusters that a change reaches. That a rekey reaches its own cluster goes without saying.
fn draw_reach(page: &mut Page<'_>, change: &Change, address: &Address) -> io::Result<()> {
    if address.kind() != ResourceKind::Key && change.reach.iter().all(|reached| reached == address) {
        return Ok(());
    }
    let verb = if change.action() == Action::Delete { "reached" } else { "reaches" };
    let number = match change.reach.len() {
        0 => Piece::of(format_args!("{verb} no cluster")),
        number => Piece::of(format_args!("{verb} {}:", plural(number, "cluster"))),
    };
    page.flow(4, 6, iter::once(number).chain(page::listed(change.reach.iter().map(Piece::of))))
}

fn draw_repaved(page: &mut Page<'_>, clusters: &BTreeSet<Address>) -> io::Result<()> {
    if clusters.is_empty() {
        return Ok(());
    }
    let verb = if clusters.len() == 1 { "gets" } else { "get" };
    let told =
        format!("{} {verb} new nodes, once it is approved in Palette:", plural(clusters.len(), "cluster"));
    page.flow(0, 2, page::words(&told).chain(page::all(clusters.iter().map(Piece::of))))?;
    page.gap()
}

fn draw_forgotten(page: &mut Page<'_>, nodes: &BTreeSet<NodeAddress>) -> io::Result<()> {
    if nodes.is_empty() {
        return Ok(());
    }
    let given_up = format!("Gives up {}, whose files stay as they are:", plural(nodes.len(), "node"));
    page.flow(0, 2, page::words(&given_up).chain(page::listed(nodes.iter().map(Piece::of))))?;
    page.gap()
}

fn draw_notes(page: &mut Page<'_>, notes: &[Note]) -> io::Result<()> {
    for Note { address: _, summary, help, rule: _ } in notes {
        let name = Piece::new("note:").tint(Tint::Yellow);
        page.flow(0, 2, iter::once(name).chain(page::words(summary)))?;
        page.flow(2, 4, page::words(&format!("help: {help}")))?;
    }
    if notes.is_empty() { Ok(()) } else { page.gap() }
}

fn draw_guards(page: &mut Page<'_>, guards: &[Guard]) -> io::Result<()> {
    if guards.is_empty() {
        return Ok(());
    }
    page.flow(0, 2, page::words("Guards refuse to apply this plan:").map(|word| word.tint(Tint::Bold)))?;
    for Guard { rule, summary, help, addresses } in guards {
        let name = Piece::new(rule.word()).tail(":").tint(Tint::Red);
        page.flow(2, 4, iter::once(name).chain(page::words(summary)))?;
        // One address is in the summary; those that too many deletions are about are all above.
        if *rule == GuardRule::ProtectedResource && addresses.len() > 1 {
            page.flow(4, 6, page::all(addresses.iter().map(Piece::of)))?;
        }
        page.flow(4, 6, page::words(&format!("help: {help}")))?;
        page.flow(4, 6, page::words(&format!("more: `keyplan explain {}`", rule.word())))?;
    }
    page.gap()
}
