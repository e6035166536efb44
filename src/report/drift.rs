//! What differs from what is recorded, for people.

use std::io::{self, Write};

use super::view::plural;
use crate::diagnostics::visible;
use crate::model::{Address, Differences, Observed, Place, TargetKind};

/// What a target calls its places, and what it puts there for each cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    pub place: &'static str,
    pub part: &'static str,
}

impl Words {
    #[must_use]
    pub const fn of(target: TargetKind) -> Self {
        match target {
            TargetKind::Record | TargetKind::Ssh => Self { place: "node", part: "block" },
            TargetKind::Files => Self { place: "file", part: "file" },
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub in_sync: usize,
    pub drifted: usize,
    pub unknown: usize,
}

impl Tally {
    #[must_use]
    pub fn of(places: &[Place]) -> Self {
        let mut tally = Self::default();
        for place in places {
            match &place.observed {
                Observed::Unknown(_) => tally.unknown += 1,
                observed if observed.is_drift() => tally.drifted += 1,
                Observed::Known(_) | Observed::Broken(_) => tally.in_sync += 1,
            }
        }
        tally
    }
}

/// Prints each place, and in what it differs, and counts.
pub fn drift(out: &mut dyn Write, places: &[Place], words: Words) -> io::Result<()> {
    let Words { place, part } = words;
    for Place { name, clusters: _, observed } in places {
        let name = visible(name);
        match observed {
            Observed::Unknown(why) => writeln!(out, "{name}: unreachable: {}", visible(why))?,
            Observed::Broken(why) => writeln!(out, "{name}: drifted\n    broken: {}", visible(why))?,
            Observed::Known(Differences { missing, extra, edited, foreign_lines }) => {
                let word = if observed.is_drift() { "drifted" } else { "in sync" };
                let foreign = match foreign_lines {
                    0 => String::new(),
                    lines => format!(" ({})", plural(*lines, "foreign line")),
                };
                writeln!(out, "{name}: {word}{foreign}")?;
                list(out, "missing", part, missing)?;
                list(out, "extra", part, extra)?;
                list(out, "edited", part, edited)?;
            }
        }
    }
    let Tally { in_sync, drifted, unknown } = Tally::of(places);
    writeln!(
        out,
        "Looked at {}: {in_sync} in sync, {drifted} drifted, {unknown} unreachable.",
        plural(places.len(), place)
    )
}

fn list(out: &mut dyn Write, how: &str, part: &str, clusters: &[Address]) -> io::Result<()> {
    clusters
        .iter()
        .try_for_each(|cluster| writeln!(out, "    {how} {part}: {}", visible(&cluster.to_string())))
}
