//! What the parts of the page are made of.

use std::fmt;

use maud::{Markup, html};

use crate::diagnostics::visible;
use crate::report::view::plural;

/// Longest list of clusters that is shown whole; of a longer one, the first few, with a link to all.
const MOST: usize = 10;
const SHOWN: usize = 8;

/// A part of the page, with a table that may be wider than the window.
pub(super) fn table(id: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-labelledby=(id) tabindex="0" {
            table {
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// Text from declarations, with every character visible.
pub(super) fn text(what: impl fmt::Display) -> String {
    visible(&what.to_string())
}

/// Names in code type, with commas between them; of many the first few, and `more` says where all are.
pub(super) fn names(all: &[String], more: &Markup) -> Markup {
    let shown = if all.len() <= MOST { all.len() } else { SHOWN };
    html! {
        @for (at, name) in all.iter().take(shown).enumerate() {
            @if at > 0 { ", " }
            code { (name) }
        }
        @if shown < all.len() { " and " (plural(all.len() - shown, "more cluster")) ", see " (more) }
    }
}
