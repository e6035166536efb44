//! What a plan means for access: clusters together that get, lose or change the same key, and users
//! together that gain or lose the same role.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::iter;

use crate::model::{Address, Name, Role, Subject, UserName};
use crate::openssh::{Fingerprint, KeyOptions};
use crate::plan::{AccessChange, Action, Change, KeyGrant, Resource};
use crate::report::page::{self, Page, Piece, Tint, words};

/// What happens to clusters; losses come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum EventKind {
    LostWithCluster,
    Lost,
    Other,
    Owner,
    Options,
    Got,
    GotByNew,
}

impl EventKind {
    /// What happens to so many clusters.
    fn headline(self, number: usize) -> String {
        let (one, many) = match self {
            Self::LostWithCluster => ("deleted cluster loses its key:", "deleted clusters lose their key:"),
            Self::Lost => ("cluster loses its key:", "clusters lose their key:"),
            Self::Other => ("cluster gets another key:", "clusters get another key:"),
            Self::Owner => (
                "cluster keeps its key, which has another owner:",
                "clusters keep their key, which has another owner:",
            ),
            Self::Options => (
                "cluster keeps its key, which has other options:",
                "clusters keep their key, which has other options:",
            ),
            Self::Got => ("cluster gets a key:", "clusters get a key:"),
            Self::GotByNew => ("new cluster gets a key:", "new clusters get a key:"),
        };
        format!("{number} {}", if number == 1 { one } else { many })
    }
}

struct ClusterEvent<'a> {
    kind: EventKind,
    cluster: &'a Address,
    before: Option<&'a KeyGrant>,
    after: Option<&'a KeyGrant>,
}

/// A key by what it is told by.
type Key<'a> = Option<(&'a Address, &'a Fingerprint, Option<&'a Subject>, &'a KeyOptions)>;
/// Users by the project, whether they gain, the role, and the teams through which they have it.
type Roles<'a> = BTreeMap<(&'a Address, bool, Role, &'a [Name]), Vec<&'a UserName>>;

impl<'a> ClusterEvent<'a> {
    /// What clusters are told together by: the keys before and after.
    fn keys(&self) -> (Key<'a>, Key<'a>) {
        let key = |grant: Option<&'a KeyGrant>| {
            grant.map(|KeyGrant { key, fingerprint, owner, options }| {
                (key, fingerprint, owner.as_ref(), &**options)
            })
        };
        (key(self.before), key(self.after))
    }
}

pub(super) fn draw(page: &mut Page<'_>, access: &[AccessChange], changes: &[Change]) -> io::Result<()> {
    if access.is_empty() {
        return page.flow(0, 2, words("Access: nobody gains or loses any."));
    }
    page.flow(0, 0, [Piece::new("Access:").tint(Tint::Bold)])?;
    let (mut clusters, roles) = told(access, changes);
    clusters.sort_by(|one, other| (one.kind, one.keys()).cmp(&(other.kind, other.keys())));
    for clusters in clusters.chunk_by(|one, other| one.kind == other.kind) {
        page.flow(2, 4, words(&clusters[0].kind.headline(clusters.len())))?;
        let by_keys: Vec<_> = clusters.chunk_by(|one, other| one.keys() == other.keys()).collect();
        page.each(&by_keys, |page, clusters| draw_clusters(page, clusters))?;
    }
    for ((project, gained, role, through), users) in roles {
        draw_roles(page, (project, gained, role, through), &users)?;
    }
    Ok(())
}

fn told<'a>(access: &'a [AccessChange], changes: &[Change]) -> (Vec<ClusterEvent<'a>>, Roles<'a>) {
    let (created, deleted) = (clusters_of(changes, Action::Create), clusters_of(changes, Action::Delete));
    let is_of = |cluster: &Address, clusters: &BTreeSet<_>| match cluster {
        Address::Cluster(project, name) => clusters.contains(&(project, name)),
        Address::Team(_) | Address::Project(_) | Address::Key(..) => false,
    };
    let (mut clusters, mut roles) = (Vec::new(), Roles::new());
    for change in access {
        match change {
            AccessChange::Cluster { cluster, before, after } => {
                let kind = match (before, after) {
                    (Some(before), Some(after)) if before.fingerprint != after.fingerprint => {
                        EventKind::Other
                    }
                    (Some(before), Some(after)) if before.owner != after.owner => EventKind::Owner,
                    (Some(_), Some(_)) => EventKind::Options,
                    (Some(_), None) if is_of(cluster, &deleted) => EventKind::LostWithCluster,
                    (_, None) => EventKind::Lost,
                    (None, Some(_)) if is_of(cluster, &created) => EventKind::GotByNew,
                    (None, Some(_)) => EventKind::Got,
                };
                clusters.push(ClusterEvent { kind, cluster, before: before.as_ref(), after: after.as_ref() });
            }
            AccessChange::Role { user, role, project, gained, through } => {
                roles.entry((project, *gained, *role, through.as_slice())).or_default().push(user);
            }
        }
    }
    (clusters, roles)
}

/// The clusters that are created or deleted, by their projects and names.
fn clusters_of<'a>(changes: &'a [Change], action: Action) -> BTreeSet<(&'a Name, &'a Name)> {
    let changes = changes.iter().filter(|change| change.action() == action);
    let cluster = |change: &'a Change| match change.after().or(change.before()) {
        Some(Resource::Cluster(cluster)) => Some((&cluster.project, &cluster.name)),
        Some(Resource::Team(_) | Resource::Project(_) | Resource::Key(_)) | None => None,
    };
    changes.filter_map(cluster).collect()
}

/// The keys, and below them the clusters that they open or opened.
fn draw_clusters(page: &mut Page<'_>, clusters: &[ClusterEvent<'_>]) -> io::Result<()> {
    let (before, after) = clusters[0].keys();
    let has_options = |key: Key<'_>| key.is_some_and(|(.., options)| !options.is_none());
    let has_any = has_options(before) || has_options(after);
    for (mark, key) in [(page.lost(), before), (page.gained(), after)] {
        if let Some(key) = key {
            draw_key(page, mark, key, has_any)?;
        }
    }
    let on = match clusters.len() {
        1 => Piece::new("on"),
        number => Piece::of(format_args!("on {number} clusters:")),
    };
    page.flow(6, 8, iter::once(on).chain(page::listed(clusters.iter().map(|told| Piece::of(told.cluster)))))
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

fn draw_roles(
    page: &mut Page<'_>,
    (project, gained, role, through): (&Address, bool, Role, &[Name]),
    users: &[&UserName],
) -> io::Result<()> {
    let verb = match (gained, users.len()) {
        (true, 1) => "gains",
        (true, _) => "gain",
        (false, 1) => "loses",
        (false, _) => "lose",
    };
    let tint = if gained { Tint::Green } else { Tint::Red };
    let who = match users {
        [user] => Piece::new(user.as_str()),
        users => Piece::of(format_args!("{} users", users.len())),
    };
    let mut rest = format!("{role} in {project}");
    if !through.is_empty() {
        let teams: Vec<_> = through.iter().map(|team| format!("team/{team}")).collect();
        rest.push_str(" through ");
        rest.push_str(&teams.join(", "));
    }
    if users.len() > 1 {
        rest.push(':');
    }
    let sentence = [who, Piece::new(verb).tint(tint)];
    page.flow(2, 4, sentence.into_iter().chain(words(&rest)))?;
    // Who may do what is never cut.
    if users.len() > 1 {
        page.flow(4, 4, page::all(users.iter().map(|user| Piece::new(user.as_str()))))?;
    }
    Ok(())
}
