//! Names that are used twice: what the four rules of duplicates share.

use crate::diagnostics::{Finding, Location, Rule};
use crate::model::{Declared, DocumentId};
use crate::source::Route;

/// Groups of two and more resources of the same name. `resources` are sorted by address.
pub(super) fn repeats<'a, T>(
    resources: &'a [Declared<T>],
    same_name: impl Fn(&T, &T) -> bool + 'a,
) -> impl Iterator<Item = &'a [Declared<T>]> {
    resources.chunk_by(move |one, other| same_name(&one.value, &other.value)).filter(|group| group.len() > 1)
}

/// Finds resources that are declared more than once under a name: a headline and a help for each group that `tell`
/// speaks of.
pub(super) fn duplicates<T>(
    rule: &'static Rule,
    resources: &[Declared<T>],
    same_name: impl Fn(&T, &T) -> bool,
    tell: impl Fn(&[Declared<T>]) -> Option<(String, &'static str)>,
    findings: &mut Vec<Finding>,
) {
    findings.extend(repeats(resources, same_name).filter_map(|group| {
        let (headline, help) = tell(group)?;
        Some(all_places(rule.finding(headline), group).help(help))
    }));
}

/// How often a group is declared, in words.
pub(super) trait Repeats {
    fn times(&self) -> String;
}

impl<T> Repeats for [Declared<T>] {
    fn times(&self) -> String {
        times(self.len())
    }
}

pub(super) fn times(count: usize) -> String {
    match count {
        2 => "twice".into(),
        count => format!("{count} times"),
    }
}

/// What to do about something that is repeated.
pub(super) fn delete_all_but_one(count: usize) -> &'static str {
    if count == 2 { "delete one of the two" } else { "delete all but one of them" }
}

/// Most places of one kind that a finding shows. It counts the rest.
pub(super) const MOST_PLACES: usize = 10;

/// Labels the places of a group: the second is the problem, the first is where it comes from.
pub(super) fn all_places<T>(finding: Finding, group: &[Declared<T>]) -> Finding {
    let again = group[1..].iter().map(|resource| name_of(resource.origin));
    places_again(finding, again, "declared").label(name_of(group[0].origin), "first declared here")
}

/// Labels the places where something is repeated, of many the first ones: "declared again here".
pub(super) fn places_again(
    finding: Finding,
    mut places: impl ExactSizeIterator<Item = Location>,
    done: &str,
) -> Finding {
    let mut finding = finding;
    for _ in 1..MOST_PLACES {
        let Some(at) = places.next() else { return finding };
        finding = finding.label(at, format!("{done} again here"));
    }
    let more = places.len().saturating_sub(1);
    match places.next() {
        None => finding,
        Some(at) if more == 0 => finding.label(at, format!("{done} again here")),
        Some(at) => finding.label(at, format!("{done} again here, and in {more} more places")),
    }
}

/// Where a resource says its name.
pub(super) fn name_of(origin: DocumentId) -> Location {
    Location::Value(origin, Route::fields(["metadata", "name"]))
}
