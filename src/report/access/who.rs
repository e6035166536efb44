//! Who opens clusters, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{AccessOf, ChainLine, DeclaredPlaces, Link, chain, limits, logs_in, people, role, until};
use crate::access::KeyHolders;
use crate::access::query::{ClusterWho, Facts, Who};
use crate::diagnostics::visible;
use crate::model::{KnownKey, Recorded, SshKey, Subject};
use crate::report::page::{Page, Piece, all, words};
use crate::report::view::{View, plural};

/// Prints who opens each cluster, who may still, and who may change its key.
pub fn who(
    out: &mut dyn Write,
    (facts, of): (Facts<'_, Recorded>, &AccessOf),
    who: &Who<'_>,
    places: Option<&DeclaredPlaces<'_>>,
    view: View,
) -> io::Result<()> {
    let mut page = Page::new(out, view);
    let number = who.clusters.len();
    if number != 1 {
        page.flow(0, 2, words(&format!("{}, {of}", plural(number, "cluster"))))?;
    }
    let drawing = Drawing { facts, of: (number == 1).then_some(of), who, places };
    page.each(&who.clusters, |page, one| drawing.cluster(page, one))
}

struct Drawing<'a> {
    facts: Facts<'a, Recorded>,
    /// What is said behind the address of the only cluster.
    of: Option<&'a AccessOf>,
    who: &'a Who<'a>,
    places: Option<&'a DeclaredPlaces<'a>>,
}

impl Drawing<'_> {
    fn cluster(&self, page: &mut Page<'_>, one: &ClusterWho<'_>) -> io::Result<()> {
        let cluster = one.cluster;
        let of = self.of.map(|of| format!(", {of}")).unwrap_or_default();
        let login = logs_in(&cluster.login_user, cluster.nodes.len());
        if self.of.is_none() {
            page.gap()?;
        }
        page.flow(0, 2, words(&format!("{}{of}: {login}", cluster.address())))?;
        match (one.key, one.key.and_then(|key| self.who.holders.holders(key))) {
            (Some(key), Some(holders)) => {
                self.opened(page, one, key, holders)?;
                self.former(page, key)?;
            }
            _ => page.flow(0, 2, words("nobody opens it: it has no key"))?,
        }
        self.known(page, &one.cluster.known_keys)?;
        self.changers(page, one)
    }

    fn opened(
        &self,
        page: &mut Page<'_>,
        one: &ClusterWho<'_>,
        key: &SshKey,
        holders: &KeyHolders,
    ) -> io::Result<()> {
        let users: Vec<_> = holders.users().collect();
        let address = key.address();
        let headline = match (one.is_expired, &key.owner, users.len()) {
            (true, _, _) => {
                format!("nobody opens it: {address} is past its last day, and is delivered nowhere")
            }
            (false, None, _) => format!("who opens it is not known: {address} has no owner"),
            (false, Some(_), 0) => "nobody known opens it: the team that owns its key has no members".into(),
            (false, Some(_), 1) => "1 person opens it".into(),
            (false, Some(_), number) => format!("{number} people open it"),
        };
        page.flow(0, 2, words(&headline))?;
        if !users.is_empty() {
            page.flow(2, 4, all(users.iter().map(Piece::of)))?;
        }
        chain(page, 4, &self.links(one, key, users.len()))
    }

    fn links(&self, one: &ClusterWho<'_>, key: &SshKey, members: usize) -> Vec<ChainLine> {
        let place = |link| self.places.and_then(|places| places.of(link));
        let mut lines = Vec::new();
        let owns = match &key.owner {
            Some(Subject::Team(name)) => {
                let members = match members {
                    0 => "no members in",
                    1 => "member of",
                    _ => "members of",
                };
                let team = self.facts.view.teams.get(name);
                let at = team.and_then(|team| place(Link::Team(team)));
                lines.push(ChainLine::new(format!("{members} team/{name}"), at));
                "which owns "
            }
            Some(Subject::User(_)) => "owns ",
            None => "",
        };
        let mut owned = ChainLine::new(format!("{owns}{}", key.address()), place(Link::Key(key)));
        owned.more = limits(key);
        lines.push(owned);
        lines.push(ChainLine::new("which the cluster has".into(), place(Link::Cluster(one.cluster))));
        lines
    }

    fn former(&self, page: &mut Page<'_>, key: &SshKey) -> io::Result<()> {
        let former = self.who.holders.former(key);
        if former.is_empty() {
            return Ok(());
        }
        let each: Vec<_> = former.iter().map(|(user, past)| format!("{user} {}", until(past))).collect();
        page.flow(0, 2, words(&format!("{} may still: {}", people(former.len()), each.join(", "))))
    }

    /// Keys that others have put on the nodes.
    fn known(&self, page: &mut Page<'_>, known: &[KnownKey]) -> io::Result<()> {
        if known.is_empty() {
            return Ok(());
        }
        let number = plural(known.len(), "known key");
        page.flow(0, 2, words(&format!("{number} that keyplan does not deliver may open it too:")))?;
        page.each(known, |page, known| {
            let over = if known.is_expired(self.facts.day) { " (that day is over)" } else { "" };
            page.flow(2, 4, words(&visible(&format!("{known}{over}"))))
        })
    }

    fn changers(&self, page: &mut Page<'_>, one: &ClusterWho<'_>) -> io::Result<()> {
        let mut changers = BTreeMap::<_, Vec<_>>::new();
        for holder in self.who.changers(one.cluster) {
            changers.entry(holder.user.clone()).or_default().push(role(&holder));
        }
        if changers.is_empty() {
            return page.flow(0, 2, words("nobody has a role that may change its key"));
        }
        let headline = format!("{} may change its key:", people(changers.len()));
        let headline: Vec<_> = words(&headline).collect();
        let each = changers.iter();
        let each = each.map(|(user, roles)| Piece::of(format_args!("{user} ({})", roles.join(", "))));
        page.flow(0, 2, headline.into_iter().chain(all(each)))
    }
}
