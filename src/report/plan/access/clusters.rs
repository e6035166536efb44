//! Clusters that get, lose or change a key, and those on which a key opens something else.

use std::collections::BTreeSet;
use std::io;
use std::iter;

use jiff::civil::Date;

use super::people::holder_name;
use crate::access::{AccessChange, GrantDifference, Holder, KeyGrant};
use crate::model::{Address, NodeAddress, Subject};
use crate::openssh::{Fingerprint, KeyOptions};
use crate::plan::{Action, Change};
use crate::report::page::{self, Page, Piece, words};
use crate::report::view::plural;

/// What happens to clusters; losses come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum EventKind {
    LostWithCluster,
    Lost,
    OtherKey,
    /// Its declaration goes, and it stays as it is.
    Forgotten,
    /// The key stays, and something else differs.
    Kept(Vec<GrantDifference>),
    Got,
    GotByNew,
}

impl EventKind {
    /// What happens to so many clusters.
    fn headline(&self, number: usize) -> String {
        let (one, many) = match self {
            Self::LostWithCluster => ("deleted cluster loses its key", "deleted clusters lose their key"),
            Self::Lost => ("cluster loses its key", "clusters lose their key"),
            Self::Forgotten => {
                ("cluster is forgotten and keeps its key", "clusters are forgotten and keep their key")
            }
            Self::OtherKey => ("cluster gets another key", "clusters get another key"),
            Self::Kept(_) => ("cluster keeps its key, with", "clusters keep their key, with"),
            Self::Got => ("cluster gets a key", "clusters get a key"),
            Self::GotByNew => ("new cluster gets a key", "new clusters get a key"),
        };
        let mut headline = format!("{number} {}", if number == 1 { one } else { many });
        if let Self::Kept(differences) = self {
            let differences: Vec<_> = differences.iter().map(|difference| other(*difference)).collect();
            headline.push(' ');
            headline.push_str(&differences.join(" and "));
        }
        headline + ":"
    }
}

const fn other(difference: GrantDifference) -> &'static str {
    match difference {
        GrantDifference::Key => "another key",
        GrantDifference::LoginUser => "another login user",
        GrantDifference::Nodes => "other nodes",
        GrantDifference::Options => "other options",
        GrantDifference::LastDay => "another last day",
    }
}

struct ClusterEvent<'a> {
    kind: EventKind,
    cluster: &'a Address,
    before: Option<&'a KeyGrant>,
    after: Option<&'a KeyGrant>,
    gained: &'a [Holder],
    lost: &'a [Holder],
}

/// A key by what it is told by.
type Key<'a> = Option<(&'a Address, &'a Fingerprint, Option<&'a Subject>, &'a KeyOptions)>;

/// What a cluster is told together with others by: the keys before and after, and what else differs where it has one
/// on both sides.
type Told<'a> = (Key<'a>, Key<'a>, Option<Details<'a>>);

/// What differs beside the key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Details<'a> {
    login_users: Option<(&'a str, &'a str)>,
    last_days: Option<(Option<Date>, Option<Date>)>,
    gained_nodes: Vec<&'a NodeAddress>,
    lost_nodes: Vec<&'a NodeAddress>,
    gained: &'a [Holder],
    lost: &'a [Holder],
}

impl<'a> ClusterEvent<'a> {
    fn told(&self) -> Told<'a> {
        let key = |grant: Option<&'a KeyGrant>| {
            grant.map(|grant| (&grant.key, &grant.fingerprint, grant.owner.as_ref(), &*grant.options))
        };
        let details = self.before.zip(self.after).map(|(before, after)| Details {
            login_users: differing(&*before.login_user, &*after.login_user),
            last_days: differing(before.expires, after.expires),
            gained_nodes: without(&after.nodes, &before.nodes),
            lost_nodes: without(&before.nodes, &after.nodes),
            gained: self.gained,
            lost: self.lost,
        });
        (key(self.before), key(self.after), details)
    }
}

fn differing<T: PartialEq>(before: T, after: T) -> Option<(T, T)> {
    (before != after).then_some((before, after))
}

fn without<'a>(nodes: &'a [NodeAddress], others: &[NodeAddress]) -> Vec<&'a NodeAddress> {
    let others: BTreeSet<_> = others.iter().collect();
    nodes.iter().filter(|node| !others.contains(node)).collect()
}

pub(super) fn draw(page: &mut Page<'_>, access: &[AccessChange], changes: &[Change]) -> io::Result<()> {
    let mut events = events(access, changes);
    events.sort_by(|one, other| (&one.kind, one.told()).cmp(&(&other.kind, other.told())));
    for events in events.chunk_by(|one, other| one.kind == other.kind) {
        page.flow(2, 4, words(&events[0].kind.headline(events.len())))?;
        let together: Vec<_> = events.chunk_by(|one, other| one.told() == other.told()).collect();
        page.each(&together, |page, events| draw_events(page, events))?;
    }
    draw_moved(page, access)
}

fn events<'a>(access: &'a [AccessChange], changes: &[Change]) -> Vec<ClusterEvent<'a>> {
    let of = |action| {
        let changes = changes.iter().filter(move |change| change.action() == action);
        changes.map(Change::address).collect::<BTreeSet<_>>()
    };
    let (created, deleted) = (of(Action::Create), of(Action::Delete));
    let event = |change: &'a AccessChange| match change {
        AccessChange::Cluster { cluster, before, after, gained, lost } => {
            let kind = match (before, after) {
                (Some(before), Some(after)) if before.fingerprint != after.fingerprint => EventKind::OtherKey,
                (Some(before), Some(after)) => EventKind::Kept(before.differences(after)),
                (Some(_), None) if deleted.contains(cluster) => EventKind::LostWithCluster,
                (_, None) => EventKind::Lost,
                (None, Some(_)) if created.contains(cluster) => EventKind::GotByNew,
                (None, Some(_)) => EventKind::Got,
            };
            Some(ClusterEvent { kind, cluster, before: before.as_ref(), after: after.as_ref(), gained, lost })
        }
        AccessChange::Forgotten { cluster, grant } => Some(ClusterEvent {
            kind: EventKind::Forgotten,
            cluster,
            before: Some(grant),
            after: Some(grant),
            gained: &[],
            lost: &[],
        }),
        AccessChange::Moved { .. } | AccessChange::Holders { .. } | AccessChange::Role { .. } => None,
    };
    access.iter().filter_map(event).collect()
}

/// The keys, and below them what else differs, and the clusters that they open or opened.
fn draw_events(page: &mut Page<'_>, events: &[ClusterEvent<'_>]) -> io::Result<()> {
    let (before, after, details) = events[0].told();
    let has_options = |key: Key<'_>| key.is_some_and(|(.., options)| !options.is_none());
    let has_any = has_options(before) || has_options(after);
    let marked = match (before, after) {
        (Some(_), Some(_)) if before == after => [(None, None), (Some(page.kept()), after)],
        _ => [(Some(page.lost()), before), (Some(page.gained()), after)],
    };
    for (mark, key) in marked {
        if let (Some(mark), Some(key)) = (mark, key) {
            draw_key(page, mark, key, has_any)?;
        }
    }
    if let Some(details) = details {
        draw_details(page, &details)?;
    }
    let on = match events.len() {
        1 => Piece::new("on"),
        number => Piece::of(format_args!("on {number} clusters:")),
    };
    page.flow(6, 8, iter::once(on).chain(page::listed(events.iter().map(|event| Piece::of(event.cluster)))))
}

fn draw_key(
    page: &mut Page<'_>,
    mark: Piece<'_>,
    (address, fingerprint, owner, options): (&Address, &Fingerprint, Option<&Subject>, &KeyOptions),
    has_options: bool,
) -> io::Result<()> {
    let owner =
        owner.map_or_else(|| Piece::new("without an owner"), |owner| Piece::of(format_args!("of {owner}")));
    page.flow(4, 6, [mark, Piece::of(address), owner, Piece::of(fingerprint)])?;
    if !has_options {
        return Ok(());
    }
    let items = options.items();
    if items.is_empty() {
        return page.flow(6, 8, words("without options"));
    }
    // What a key may do is never cut.
    page.flow(6, 8, iter::once(Piece::new("with")).chain(page::all(items.into_iter().map(Piece::new))))
}

fn draw_details(page: &mut Page<'_>, details: &Details<'_>) -> io::Result<()> {
    let Details { login_users, last_days, gained_nodes, lost_nodes, gained, lost } = details;
    if let Some((before, after)) = *login_users {
        page.flow(6, 8, words("login user:").chain(page.becomes(before, after)))?;
    }
    if let Some((before, after)) = *last_days {
        let day = |day: Option<Date>| day.map_or_else(|| "none".into(), |day| day.to_string());
        let is_earlier = after.is_some_and(|after| before.is_none_or(|before| after < before));
        let sense = Piece::new(if is_earlier { "(earlier)" } else { "(later)" });
        page.flow(6, 8, words("last day:").chain(page.becomes(day(before), day(after))).chain([sense]))?;
    }
    for (mark, nodes) in [(page.lost(), lost_nodes), (page.gained(), gained_nodes)] {
        if !nodes.is_empty() {
            let number = Piece::of(format_args!("{}:", plural(nodes.len(), "node")));
            let nodes = page::listed(nodes.iter().map(Piece::of));
            page.flow(6, 8, [mark, number].into_iter().chain(nodes))?;
        }
    }
    for (mark, people) in [(page.lost(), lost), (page.gained(), gained)] {
        if !people.is_empty() {
            // Who may do what is never cut.
            let people = page::all(people.iter().map(|holder| Piece::new(holder_name(holder))));
            page.flow(6, 8, iter::once(mark).chain(people))?;
        }
    }
    Ok(())
}

fn draw_moved(page: &mut Page<'_>, access: &[AccessChange]) -> io::Result<()> {
    let moved = access.iter().filter_map(|change| match change {
        AccessChange::Moved { from, to, grant } => Some((from, to, grant)),
        AccessChange::Cluster { .. }
        | AccessChange::Forgotten { .. }
        | AccessChange::Holders { .. }
        | AccessChange::Role { .. } => None,
    });
    let moved: Vec<_> = moved.collect();
    if moved.is_empty() {
        return Ok(());
    }
    let headline = match moved.len() {
        1 => "1 cluster moves with its key and its nodes:".into(),
        number => format!("{number} clusters move with their key and their nodes:"),
    };
    page.flow(2, 4, words(&headline))?;
    page.each(&moved, |page, (from, to, grant)| {
        let pieces = page.becomes(from.to_string(), to.to_string());
        page.flow(4, 6, pieces)?;
        let kept = page.kept();
        draw_key(page, kept, (&grant.key, &grant.fingerprint, grant.owner.as_ref(), &grant.options), false)
    })
}
