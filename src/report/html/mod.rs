//! Access as a page to look at: one HTML file that runs nothing and loads nothing, the same bytes for the same access
//! and day.
//!
//! All text from declarations goes through `element::text`, so that no character in it is invisible or reorders others; what
//! would be markup is escaped where it is put in. The page forbids scripts and requests by itself, with a policy that
//! allows its own style sheet by hash and nothing else.

mod clusters;
mod element;
mod keys;
mod people;
mod tests;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use self::element::{CONTENT, framed, text};
use self::keys::Standing;
pub use self::tests::CheckedTest;
use super::access::AccessOf;
use crate::access::query::Overview;

const STYLE: &str = include_str!("style.css");

/// Writes the whole page.
pub fn page(
    out: &mut dyn Write,
    of: &AccessOf,
    overview: &Overview<'_>,
    tests: &[CheckedTest<'_>],
) -> io::Result<()> {
    framed(out, &frame(of, overview, tests), |out| {
        tests::section(out, tests)?;
        people::section(out, overview)?;
        clusters::section(out, overview)?;
        keys::section(out, overview, of.day)?;
        keys::without_owner(out, overview)?;
        keys::former_holders(out, overview)
    })
}

fn frame(of: &AccessOf, overview: &Overview<'_>, tests: &[CheckedTest<'_>]) -> Markup {
    let style = data_encoding::BASE64.encode(&Sha256::digest(STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Access, " (text(of)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Access" }
                    p { (sentence(&text(of))) ". Keys are judged by " time datetime=(of.day) { (of.day) } " (UTC)." }
                    (summary(of, overview, tests))
                    (contents(overview, tests))
                }
                main { (CONTENT) }
                footer {
                    "Written by keyplan. Who has a role may give a cluster another key; who holds a key opens the \
                     clusters that have it. A key without an owner is held by nobody who is known."
                }
            }
        }
    }
}

/// What is to be known first.
fn summary(of: &AccessOf, overview: &Overview<'_>, tests: &[CheckedTest<'_>]) -> Markup {
    let standing = |wanted: fn(&Standing) -> bool| {
        let keys = overview.keys.iter().map(|held| Standing::of(held.key, of.day));
        keys.filter(wanted).count()
    };
    let opening = overview.people.values().filter(|person| {
        person.keys.iter().any(|(at, _)| overview.keys.get(*at).is_some_and(|held| !held.clusters.is_empty()))
    });
    let failing = tests.iter().filter(|test| !test.holds()).count();
    let expired = standing(|standing| matches!(standing, Standing::Expired));
    let soon = standing(|standing| matches!(standing, Standing::EndsSoon(_)));
    let without_owner = overview.keys.iter().filter(|held| held.key.owner.is_none()).count();
    let former: usize = overview.still_held.iter().map(|still| still.people.len()).sum();
    html! {
        dl {
            (figure("people open clusters", opening.count(), ""))
            (figure("clusters", overview.clusters.clusters.len(), ""))
            (figure("keys", overview.keys.len(), ""))
            (figure("keys without an owner", without_owner, "warn"))
            (figure("keys past their last day", expired, "warn"))
            (figure("keys that end within 30 days", soon, "warn"))
            (figure("former holders", former, "warn"))
            @if !tests.is_empty() { (figure("access tests that fail", failing, "bad")) }
        }
    }
}

/// A number; where it is of something to look into, coloured unless it is 0.
fn figure(of: &str, number: usize, tint: &str) -> Markup {
    let tint = if number == 0 { "" } else { tint };
    html! { div { dt { (of) } dd class=[Some(tint).filter(|tint| !tint.is_empty())] { (number) } } }
}

fn contents(overview: &Overview<'_>, tests: &[CheckedTest<'_>]) -> Markup {
    let parts = [
        (!tests.is_empty(), "tests", "Access tests"),
        (true, "people", "People"),
        (true, "clusters", "Clusters"),
        (true, "keys", "Keys by last day"),
        (overview.keys.iter().any(|held| held.key.owner.is_none()), "without-owner", "Keys without an owner"),
        (!overview.still_held.is_empty(), "former-holders", "Former holders"),
    ];
    html! {
        nav aria-label="Contents" {
            ul {
                @for (_, id, title) in parts.iter().filter(|(is_there, ..)| *is_there) {
                    li { a href={ "#" (id) } { (title) } }
                }
            }
        }
    }
}

/// A sentence begins with a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
