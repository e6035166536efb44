//! Why a person gets into a cluster, or does not, for people.

use std::io::{self, Write};

use super::{AccessOf, ChainLine, DeclaredPlaces, Link, chain, limits, logs_in, role, until};
use crate::access::query::{Missing, Why};
use crate::model::{SshKey, Subject, UserName};
use crate::report::page::{Page, words};
use crate::report::view::View;

/// Prints the chain, or the first link that is missing.
pub fn why(
    out: &mut dyn Write,
    of: &AccessOf,
    (user, why): (&UserName, &Why<'_>),
    places: Option<&DeclaredPlaces<'_>>,
    view: View,
) -> io::Result<()> {
    let mut page = Page::new(out, view);
    let cluster = why.cluster;
    let login = logs_in(&cluster.login_user, cluster.nodes.len());
    let address = cluster.address();
    let headline = match why.missing {
        None => format!("yes, {of}: {user} opens {address} ({login})"),
        Some(missing) => format!("no, {of}: {}", reason(user, why, missing)),
    };
    page.flow(0, 2, words(&headline))?;
    chain(&mut page, 2, &links(user, why, places))?;
    if let Some(past) = why.may_still {
        let text = format!("{user} may still have its private half, and {}", until(past));
        page.flow(0, 2, words(&text))?;
    }
    if !why.may_change.is_empty() {
        let roles: Vec<_> = why.may_change.iter().map(role).collect();
        page.flow(0, 2, words(&format!("{user} may change its key: {}", roles.join(", "))))?;
    }
    Ok(())
}

/// The first link that is missing.
fn reason(user: &UserName, why: &Why<'_>, missing: Missing<'_>) -> String {
    let address = why.cluster.address();
    let Some(key) = why.key.map(SshKey::address) else { return format!("{address} has no key") };
    let has = format!("{address} has {key}");
    match missing {
        Missing::Key => format!("{address} has no key"),
        Missing::Valid(last) => format!("{has}, whose last day was {last}; it is delivered nowhere"),
        Missing::Owner => format!("{has}, which has no owner, so that who holds it is not known"),
        Missing::OwnKey(owner) => format!("{has}, which belongs to {owner}"),
        Missing::Membership(team) => format!("{has}, which belongs to team/{team}; {user} is no member"),
    }
}

/// The links that are there: from the person, or from the cluster as far as they go.
fn links(user: &UserName, why: &Why<'_>, places: Option<&DeclaredPlaces<'_>>) -> Vec<ChainLine> {
    let place = |link| places.and_then(|places| places.of(link));
    let Some(key) = why.key else { return Vec::new() };
    let mut lines = Vec::new();
    let is_held = matches!(why.missing, None | Some(Missing::Valid(_)))
        && (why.team.is_some() || key.owner.as_ref() == Some(&Subject::User(user.clone())));
    let mut owned = match why.team {
        Some(team) if is_held => {
            let at = place(Link::Member(team, user));
            lines.push(ChainLine::new(format!("{user} is a member of team/{team}"), at));
            ChainLine::new(format!("which owns {}", key.address()), place(Link::Key(key)))
        }
        _ if is_held => ChainLine::new(format!("{user} owns {}", key.address()), place(Link::Key(key))),
        _ => ChainLine::new(key.address().to_string(), place(Link::Key(key))),
    };
    owned.more = limits(key);
    lines.push(owned);
    lines.push(ChainLine::new("which the cluster has".into(), place(Link::Cluster(why.cluster))));
    lines
}
