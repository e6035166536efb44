//! Who opens what, what people and keys reach, and why: for people, and as CSV. JSON is in `json_v1`.

pub mod csv;
mod path;
mod places;
mod reach;
mod who;
mod why;

pub use path::{AccessPath, Effect, reach_paths, who_paths, why_paths};
pub use places::{DeclaredPlaces, LineOf, Link, LinkField, Place};
pub use reach::reach;
pub use who::who;
pub use why::why;

use std::fmt;

use clap::ValueEnum;
use jiff::civil::Date;

use super::page::Piece;
use super::view::plural;
use crate::access::{PastHolder, RoleHolder};
use crate::model::SshKey;

/// Whom the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessFormat {
    /// People
    Human,
    /// Machines
    Json,
    /// Spreadsheets: a row for each path
    Csv,
}

/// Of what a question was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessOf {
    /// The revision that was recorded; nothing where it is what is declared.
    pub revision: Option<u64>,
    /// The day, in UTC, by which keys have expired or not.
    pub day: Date,
    /// The git revision and the commit at which it is declared; nothing of the workspace as it is now.
    pub base: Option<(String, String)>,
    /// Whether what is declared was taken because nothing is recorded yet.
    pub is_unrecorded: bool,
}

impl fmt::Display for AccessOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.revision, &self.base) {
            (Some(revision), _) => write!(f, "as recorded at revision {revision}"),
            (None, Some((revision, commit))) => {
                write!(f, "as declared at {revision} ({:.12})", commit.as_str())
            }
            (None, None) if self.is_unrecorded => f.write_str("as declared (nothing is recorded yet)"),
            (None, None) => f.write_str("as declared"),
        }
    }
}

/// "1 person", "2 people".
pub(super) fn people(number: usize) -> String {
    if number == 1 { "1 person".into() } else { format!("{number} people") }
}

/// Until when somebody held a key that they may still have.
fn until(past: &PastHolder) -> String {
    let through = past.team.as_ref().map(|team| format!(" through team/{team}")).unwrap_or_default();
    format!("held it{through} until revision {}", past.revision)
}

/// "Cluster Admin through team/sre".
pub(super) fn role(holder: &RoleHolder) -> String {
    match holder.through.as_slice() {
        [] => holder.role.to_string(),
        teams => {
            let teams: Vec<_> = teams.iter().map(|team| format!("team/{team}")).collect();
            format!("{} through {}", holder.role, teams.join(" and "))
        }
    }
}

/// The fingerprint of a key and its limits.
fn limits(key: &SshKey) -> String {
    let last = key.expires.map(|last| format!(", last day {last}")).unwrap_or_default();
    let options = if key.options.is_none() { String::new() } else { format!(", {}", *key.options) };
    format!("{}{last}{options}", key.public_key.fingerprint())
}

/// A link of a chain, where it is declared, and what else is to be said of it.
struct ChainLine {
    link: String,
    place: Option<Place>,
    more: String,
}

impl ChainLine {
    fn new(link: String, place: Option<Place>) -> Self {
        Self { link, place, more: String::new() }
    }
}

/// Draws links below each other, their places in a column.
fn chain(page: &mut super::page::Page<'_>, indent: usize, lines: &[ChainLine]) -> std::io::Result<()> {
    let place = |line: &ChainLine| line.place.as_ref().map(ToString::to_string).unwrap_or_default();
    let width = lines.iter().map(|line| line.link.chars().count()).max().unwrap_or_default();
    let places = lines.iter().map(|line| place(line).chars().count()).max().unwrap_or_default();
    for line in lines {
        let at = place(line);
        let columns = [
            Some(format!("{:width$} ", line.link)),
            (places > 0).then(|| format!("{at:places$} ")),
            Some(line.more.clone()),
        ];
        let columns = columns.into_iter().flatten().filter(|column| !column.is_empty());
        page.flow(indent, indent + 2, columns.map(Piece::new))?;
    }
    Ok(())
}

/// "spectro on 3 nodes".
pub(super) fn logs_in(login_user: &str, nodes: usize) -> String {
    match nodes {
        0 => format!("{login_user}, on nodes that are not known"),
        number => format!("{login_user} on {}", plural(number, "node")),
    }
}
