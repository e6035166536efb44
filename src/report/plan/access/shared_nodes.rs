//! Nodes that several clusters have then, with the same login user.

use std::io;
use std::iter;

use crate::plan::SharedNode;
use crate::report::page::{self, Page, Piece, Tint, words};
use crate::report::view::plural;

/// Nodes that are told one by one.
const MOST: usize = 8;

pub(super) fn draw(page: &mut Page<'_>, shared: &[SharedNode]) -> io::Result<()> {
    if shared.is_empty() {
        return Ok(());
    }
    let verb = if shared.len() == 1 { "is" } else { "are" };
    let number = Piece::new(plural(shared.len(), "node")).tint(Tint::Yellow);
    let rest = format!("{verb} then in several clusters, with the same login user:");
    page.flow(2, 4, iter::once(number).chain(words(&rest)))?;
    for SharedNode { node, login_user, clusters } in shared.iter().take(MOST) {
        let who = [Piece::of(login_user), Piece::new("on"), Piece::of(node).tail(":")];
        page.flow(4, 6, who.into_iter().chain(page::listed(clusters.iter().map(Piece::of))))?;
    }
    match shared.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => page.flow(4, 6, words(&format!("and {more} more"))),
    }
}
