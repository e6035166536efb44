//! What people, teams and keys reach, for people.

use std::io::{self, Write};

use super::{AccessOf, limits, people, role, until};
use crate::access::query::{Asked, HeldKey, Reach, RoleIn};
use crate::report::page::{Page, Piece, all, listed, words};
use crate::report::view::{View, plural};

/// Prints what each that was asked about opens, may change, holds alone and may still hold.
pub fn reach(out: &mut dyn Write, of: &AccessOf, reached: &[Reach<'_>], view: View) -> io::Result<()> {
    let mut page = Page::new(out, view);
    for (at, one) in reached.iter().enumerate() {
        if at > 0 {
            page.gap()?;
        }
        page.flow(0, 2, words(&headline(one, of)))?;
        opens(&mut page, one)?;
        alone(&mut page, one)?;
        may_still(&mut page, one)?;
        roles(&mut page, one)?;
    }
    Ok(())
}

fn headline(one: &Reach<'_>, of: &AccessOf) -> String {
    let holders = || match one.people.len() {
        0 => "nobody known holds it".to_owned(),
        1 => "1 person holds it".to_owned(),
        number => format!("{number} people hold it"),
    };
    match &one.asked {
        Asked::User(user) => format!("{user}, {of}"),
        Asked::Team(team) => format!("team/{team}, {of}: {}", plural(one.people.len(), "member")),
        Asked::Key(..) | Asked::Fingerprint(_) => format!("{}, {of}: {}", one.asked, holders()),
    }
}

fn opens(page: &mut Page<'_>, one: &Reach<'_>) -> io::Result<()> {
    let valid = || one.keys.iter().filter(|held| !held.is_expired);
    let clusters: usize = valid().map(|held| held.clusters.len()).sum();
    match &one.asked {
        Asked::Key(..) | Asked::Fingerprint(_) if !one.people.is_empty() => {
            page.flow(2, 4, all(one.people.iter().map(Piece::of)))?;
        }
        Asked::User(_) | Asked::Team(_) | Asked::Key(..) | Asked::Fingerprint(_) => {}
    }
    page.flow(
        0,
        2,
        words(&match clusters {
            0 => "opens no cluster".into(),
            number => format!("opens {}", plural(number, "cluster")),
        }),
    )?;
    one.keys.iter().try_for_each(|held| key(page, held))
}

/// A key, and the clusters that it opens.
fn key(page: &mut Page<'_>, held: &HeldKey<'_>) -> io::Result<()> {
    let through = held.key.owner.as_ref().map(|owner| format!(" of {owner}")).unwrap_or_default();
    let ended = if held.is_expired { "; past its last day, it opens nothing" } else { "" };
    let text = format!("by {}{through}: {}{ended}", held.key.address(), limits(held.key));
    page.flow(2, 4, words(&text))?;
    if held.clusters.is_empty() {
        return page.flow(4, 6, words("no cluster has it"));
    }
    page.flow(4, 6, listed(held.clusters.iter().map(|cluster| Piece::of(cluster.address()))))
}

fn alone(page: &mut Page<'_>, one: &Reach<'_>) -> io::Result<()> {
    let alone: Vec<_> = one.keys.iter().filter(|held| held.is_alone).collect();
    let who = match &one.asked {
        Asked::User(_) => "holds alone, so that nobody known is left without them:",
        Asked::Team(_) => "its members alone hold:",
        Asked::Key(..) | Asked::Fingerprint(_) => return Ok(()),
    };
    if alone.is_empty() {
        return Ok(());
    }
    page.flow(0, 2, words(who).chain(listed(alone.iter().map(|held| Piece::of(held.key.address())))))
}

fn may_still(page: &mut Page<'_>, one: &Reach<'_>) -> io::Result<()> {
    if one.may_still_hold.is_empty() {
        return Ok(());
    }
    let headline = match &one.asked {
        Asked::User(_) => format!("may still hold {}", plural(one.may_still_hold.len(), "key")),
        Asked::Team(_) => format!("{} who held keys through it may still", people(one.may_still_hold.len())),
        Asked::Key(..) | Asked::Fingerprint(_) => {
            format!("{} may still hold it", people(one.may_still_hold.len()))
        }
    };
    page.flow(0, 2, words(&headline))?;
    for still in &one.may_still_hold {
        let keys: Vec<_> = still.keys.iter().map(|held| held.key.address().to_string()).collect();
        let clusters: usize = still.keys.iter().map(|held| held.clusters.len()).sum();
        let on = plural(clusters, "cluster");
        let (keys, until) = (keys.join(", "), until(still.past));
        let text = match &one.asked {
            Asked::User(_) => format!("{keys}, on {on}: {until}"),
            Asked::Team(_) | Asked::Key(..) | Asked::Fingerprint(_) => {
                format!("{}: {keys}, on {on}: {until}", still.user)
            }
        };
        page.flow(2, 4, words(&text))?;
    }
    Ok(())
}

fn roles(page: &mut Page<'_>, one: &Reach<'_>) -> io::Result<()> {
    let may_change: Vec<_> = one.roles.iter().filter(|role| role.holder.role.may_change_keys()).collect();
    let is_of_key = matches!(one.asked, Asked::Key(..) | Asked::Fingerprint(_));
    if may_change.is_empty() {
        let nobody = if is_of_key { "nobody may change it" } else { "may change no key" };
        page.flow(0, 2, words(nobody))?;
    } else {
        page.flow(0, 2, words(if is_of_key { "may be changed by" } else { "may change the keys of" }))?;
    }
    let whom = |role: &&RoleIn<'_>| match &one.asked {
        Asked::User(_) => String::new(),
        Asked::Team(_) | Asked::Key(..) | Asked::Fingerprint(_) => format!("{}, ", role.holder.user),
    };
    for one in &may_change {
        let text = format!(
            "project/{} ({}): {}{}",
            one.project,
            plural(one.clusters, "cluster"),
            whom(one),
            role(&one.holder)
        );
        page.flow(2, 4, words(&text))?;
    }
    for other in one.roles.iter().filter(|role| !role.holder.role.may_change_keys()) {
        let text = format!(
            "has a role that changes no key: project/{}, {}{}",
            other.project,
            whom(&other),
            role(&other.holder)
        );
        page.flow(0, 2, words(&text))?;
    }
    Ok(())
}
