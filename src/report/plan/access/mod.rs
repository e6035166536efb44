//! What a plan means for access: clusters together that change in the same way, and people together that gain or lose
//! the same keys or the same role.

mod clusters;
mod people;
mod shared_nodes;

use std::io;

use crate::access::{AccessChange, FormerHolder};
use crate::plan::{Change, SharedNode};
use crate::report::page::{Page, Piece, Tint, words};

pub(super) fn draw(
    page: &mut Page<'_>,
    access: &[AccessChange],
    changes: &[Change],
    (former, shared_nodes): (&[FormerHolder], &[SharedNode]),
) -> io::Result<()> {
    if access.is_empty() {
        page.flow(0, 2, words("Access: nobody gains or loses any."))?;
    } else {
        page.flow(0, 0, [Piece::new("Access:").tint(Tint::Bold)])?;
        clusters::draw(page, access, changes)?;
        people::draw_holders(page, access)?;
        people::draw_roles(page, access)?;
    }
    people::draw_former(page, former)?;
    shared_nodes::draw(page, shared_nodes)
}
