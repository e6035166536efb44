//! The clusters of each project, with who opens them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use maud::{Markup, html};

use super::element::{self, CONTENT, framed, table, text};
use super::keys::reference;
use crate::access::query::{ClusterWho, Overview, Who};
use crate::model::{Name, SshKey, Subject};
use crate::report::access::{logs_in, people};

pub(super) fn section(out: &mut dyn Write, overview: &Overview<'_>) -> io::Result<()> {
    let mut projects = BTreeMap::<&Name, Vec<&ClusterWho<'_>>>::new();
    for one in &overview.clusters.clusters {
        projects.entry(&one.cluster.project).or_default().push(one);
    }
    let about = if projects.is_empty() { "There is no cluster." } else { "" };
    element::section(out, ("clusters", "Clusters"), about, |out| {
        projects
            .iter()
            .try_for_each(|(project, clusters)| of_project(out, project, clusters, &overview.clusters))
    })
}

fn of_project(
    out: &mut dyn Write,
    project: &Name,
    clusters: &[&ClusterWho<'_>],
    who: &Who<'_>,
) -> io::Result<()> {
    let id = format!("project-{project}");
    let frame = html! {
        h3 id=(id) { (text(project)) }
        (CONTENT)
    };
    framed(out, &frame, |out| {
        let rows = clusters.iter().map(|one| row(one, who));
        table(out, &id, &["Cluster", "Login", "Key", "Opened by"], rows)
    })
}

fn row(one: &ClusterWho<'_>, who: &Who<'_>) -> Markup {
    let cluster = one.cluster;
    html! {
        tr {
            th scope="row" { code { (text(&cluster.name)) } }
            td data-of="login" { (text(logs_in(&cluster.login_user, cluster.nodes.len()))) }
            td data-of="key" { @if let Some(key) = one.key { (reference(&key.address())) } @else { span.dim { "none" } } }
            td data-of="opened by" { (openers(one, who)) }
        }
    }
}

fn openers(one: &ClusterWho<'_>, who: &Who<'_>) -> Markup {
    let Some(key) = one.key else { return html! { span.dim { "nobody" } } };
    if one.is_expired {
        return html! { span.warn { "nobody: the key is past its last day" } };
    }
    html! {
        (owner(key, who))
        @let former = who.holders.former(key);
        @if !former.is_empty() { span.warn { "; " (people(former.len())) " may still" } }
    }
}

/// Whose key it is: the person, or the team with the number of its members.
pub(super) fn owner(key: &SshKey, who: &Who<'_>) -> Markup {
    let number = || who.holders.holders(key).map_or(0, |holders| holders.users().count());
    html! {
        @match &key.owner {
            Some(Subject::User(user)) => (text(user)),
            Some(Subject::Team(team)) => { "team " code { (text(team)) } " (" (people(number())) ")" },
            None => span.warn { "nobody who is known" },
        }
    }
}
