//! People with the clusters that they open, and the projects whose keys they may change.

use std::io::{self, Write};

use maud::{Markup, html};

use super::element::{self, names, table, text};
use super::keys::reference;
use crate::access::query::{HeldKey, Overview, Person, RoleIn};
use crate::model::{Name, UserName};
use crate::report::access::role;

pub(super) fn section(out: &mut dyn Write, overview: &Overview<'_>) -> io::Result<()> {
    let about = match overview.people.len() {
        0 => "Nobody is known to hold a key, and nobody has a role.",
        _ => "What each person opens, by which key, and what else they may do by a role.",
    };
    element::section(out, ("people", "People by clusters"), about, |out| {
        let rows = overview.people.iter().map(|(user, person)| row(user, person, overview));
        table(out, "people", &["Person", "Opens", "Roles"], rows)
    })
}

fn row(user: &UserName, person: &Person<'_>, overview: &Overview<'_>) -> Markup {
    let held = |at: usize| overview.keys.get(at);
    html! {
        tr {
            th scope="row" { (text(user)) }
            td data-of="opens" {
                @if person.keys.is_empty() { span.dim { "no cluster" } }
                ul {
                    @for (held, team) in person.keys.iter().filter_map(|(at, team)| Some((held(*at)?, team))) {
                        li { (opened(held, team.as_ref())) }
                    }
                }
            }
            td data-of="roles" {
                @if person.roles.is_empty() { span.dim { "none" } }
                ul { @for one in &person.roles { li { (role_in(one)) } } }
            }
        }
    }
}

/// The clusters that a key opens, and how a person comes to it.
fn opened(held: &HeldKey<'_>, team: Option<&Name>) -> Markup {
    let clusters: Vec<_> = held
        .clusters
        .iter()
        .map(|cluster| text(format_args!("{}/{}", cluster.project, cluster.name)))
        .collect();
    html! {
        @if held.is_expired {
            span.warn { "nothing by a key past its last day: " }
        } @else if clusters.is_empty() {
            span.dim { "no cluster by " }
        } @else {
            (names(&clusters, &reference(&held.key.address()))) " "
            span.dim { "by " }
        }
        (reference(&held.key.address()))
        @if let Some(team) = team { span.dim { " of team " } code { (text(team)) } }
    }
}

fn role_in(one: &RoleIn<'_>) -> Markup {
    html! {
        code { (text(one.project)) } ": " (text(role(&one.holder)))
        @if one.holder.role.may_change_keys() { ", " span.warn { "may change its keys" } }
    }
}
