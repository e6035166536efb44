//! What differs between two sides: exactly the paths that are gained and lost, told by what they have in common.

mod logins;
mod roles;

use super::holders::changed_teams;
use super::{AccessChange, AccessView, Renames};

/// How access differs between two sides. Both may leave out projects in which nothing differs, unless they name a team
/// that does.
#[must_use]
pub fn access_changes(
    before: &impl AccessView,
    after: &impl AccessView,
    renames: &Renames<'_>,
) -> Vec<AccessChange> {
    let changed_teams = changed_teams(before, after);
    let roles = roles::changes((before, after), &changed_teams, renames);
    let mut all = logins::changes((before, after), changed_teams, renames);
    all.extend(roles);
    all
}
