//! Keys by their last day, those without an owner, and people who may still hold one.

use std::io::{self, Write};

use jiff::civil::Date;
use maud::{Markup, html};

use super::element::{self, table, text};
use crate::access::StillHeld;
use crate::access::query::{HeldKey, Overview, is_expired};
use crate::model::{Address, SshKey};

/// Within how many days a last day is soon.
const SOON: i64 = 30;

/// How a key stands on a day.
pub(super) enum Standing {
    Expired,
    /// It ends within this number of days; today is 0.
    EndsSoon(i64),
    Ends,
    Endless,
}

impl Standing {
    pub(super) fn of(key: &SshKey, day: Date) -> Self {
        let Some(last) = key.expires else { return Self::Endless };
        let days = last.duration_since(day).as_hours() / 24;
        match days {
            _ if is_expired(key, day) => Self::Expired,
            ..=SOON => Self::EndsSoon(days),
            _ => Self::Ends,
        }
    }
}

/// A link to where a key is shown whole: its address is the identifier there.
pub(super) fn reference(key: &Address) -> Markup {
    html! { a href={ "#" (key) } { code { (text(key)) } } }
}

/// All keys: those that end first come first, and those that do not end come last.
pub(super) fn section(out: &mut dyn Write, overview: &Overview<'_>, day: Date) -> io::Result<()> {
    let mut keys: Vec<_> = overview.keys.iter().collect();
    keys.sort_by_key(|held| (held.key.expires.is_none(), held.key.expires));
    let about = if keys.is_empty() { "There is no key." } else { "" };
    element::section(out, ("keys", "Keys by last day"), about, |out| {
        let rows = keys.iter().map(|held| row(held, day));
        table(out, "keys", &["Key", "Last day", "Owner", "Clusters"], rows)
    })
}

fn row(held: &HeldKey<'_>, day: Date) -> Markup {
    let key = held.key;
    html! {
        tr id=(key.address()) {
            th scope="row" {
                code { (text(key.address())) }
                br;
                span.dim { (key.public_key.key_type().name()) " " code { (key.public_key.fingerprint()) } }
                @if !key.options.is_none() { br; span.dim { "options: " code { (text(&*key.options)) } } }
            }
            td data-of="last day" { (last_day(key, day)) }
            td data-of="owner" {
                @if let Some(owner) = &key.owner { (text(owner)) } @else { span.warn { "none" } }
            }
            td data-of="clusters" {
                @if held.clusters.is_empty() { span.dim { "none" } }
                @for (at, cluster) in held.clusters.iter().enumerate() {
                    @if at > 0 { ", " }
                    code { (text(&cluster.name)) }
                }
            }
        }
    }
}

fn last_day(key: &SshKey, day: Date) -> Markup {
    let date = key.expires.map(|last| html! { time datetime=(last) { (last) } });
    html! {
        @match Standing::of(key, day) {
            Standing::Endless => span.dim { "none" },
            Standing::Ends => (date.unwrap_or_default()),
            Standing::EndsSoon(0) => { (date.unwrap_or_default()) " " span.warn { "today" } },
            Standing::EndsSoon(days) => {
                (date.unwrap_or_default()) " "
                span.warn { "in " (days) @if days == 1 { " day" } @else { " days" } }
            },
            Standing::Expired => { (date.unwrap_or_default()) " " span.bad { "past" } },
        }
    }
}

pub(super) fn without_owner(out: &mut dyn Write, overview: &Overview<'_>) -> io::Result<()> {
    let keys: Vec<_> = overview.keys.iter().filter(|held| held.key.owner.is_none()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let about = "Nobody knows who holds them: give each an owner, or its clusters another key.";
    let row = |held: &&HeldKey<'_>| {
        html! {
            tr {
                th scope="row" { (reference(&held.key.address())) }
                td data-of="clusters" { (held.clusters.len()) }
            }
        }
    };
    element::section(out, ("without-owner", "Keys without an owner"), about, |out| {
        table(out, "without-owner", &["Key", "Clusters"], keys.iter().map(row))
    })
}

pub(super) fn former_holders(out: &mut dyn Write, overview: &Overview<'_>) -> io::Result<()> {
    if overview.still_held.is_empty() {
        return Ok(());
    }
    let about = "They held a key, hold it no longer, and may still have its private half: give its clusters another key.";
    element::section(out, ("former-holders", "Former holders"), about, |out| {
        let columns = ["Key", "Clusters", "Who may still have it"];
        table(out, "former-holders", &columns, overview.still_held.iter().map(still_held))
    })
}

fn still_held(still: &StillHeld) -> Markup {
    html! {
        tr {
            th scope="row" {
                @for (at, key) in still.keys.iter().enumerate() {
                    @if at > 0 { ", " }
                    (reference(key))
                }
            }
            td data-of="clusters" { (still.clusters) }
            td data-of="may still have it" {
                ul {
                    @for (user, revision) in &still.people {
                        li { (text(user)) span.dim { ", held it until revision " (revision) } }
                    }
                }
            }
        }
    }
}
