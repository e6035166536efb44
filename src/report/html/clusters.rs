//! The clusters of each project, with who opens them.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::element::{table, text};
use super::keys::reference;
use crate::access::query::{ClusterWho, Overview, Who};
use crate::model::{Name, SshKey, Subject};
use crate::report::access::{logs_in, people};

pub(super) fn section(overview: &Overview<'_>) -> Markup {
    let mut projects = BTreeMap::<&Name, Vec<&ClusterWho<'_>>>::new();
    for one in &overview.clusters.clusters {
        projects.entry(&one.cluster.project).or_default().push(one);
    }
    html! {
        section {
            h2 #clusters { "Clusters" }
            @if projects.is_empty() { p { "There is no cluster." } }
            @for (project, clusters) in projects { (of_project(project, &clusters, &overview.clusters)) }
        }
    }
}

fn of_project(project: &Name, clusters: &[&ClusterWho<'_>], who: &Who<'_>) -> Markup {
    let id = format!("project-{project}");
    let rows = html! { @for one in clusters { (row(one, who)) } };
    html! {
        h3 id=(id) { (text(project)) }
        (table(&id, &["Cluster", "Login", "Key", "Opened by"], &rows))
    }
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
