//! Names that are used twice: what the four rules of duplicates share.

use crate::diagnostics::{Finding, Where};
use crate::model::{Declared, Origin};
use crate::source::Route;

/// Groups of two and more resources of the same name. `resources` are sorted by address.
pub(super) fn repeats<'a, T>(
    resources: &'a [Declared<T>],
    same_name: impl Fn(&T, &T) -> bool + 'a,
) -> impl Iterator<Item = &'a [Declared<T>]> {
    resources.chunk_by(move |one, other| same_name(&one.value, &other.value)).filter(|group| group.len() > 1)
}

/// How often a group is declared, in words.
pub(super) trait Repeats {
    fn times(&self) -> String;
}

impl<T> Repeats for [Declared<T>] {
    fn times(&self) -> String {
        match self.len() {
            2 => "twice".into(),
            times => format!("{times} times"),
        }
    }
}

/// Labels every place of a group: the second is the problem, the first is where it comes from.
pub(super) fn all_places<T>(finding: Finding, group: &[Declared<T>]) -> Finding {
    let again = |finding: Finding, resource: &Declared<T>| {
        finding.label(name_of(resource.origin), "declared again here")
    };
    group[1..].iter().fold(finding, again).label(name_of(group[0].origin), "first declared here")
}

/// Where a resource says its name.
pub(super) fn name_of(origin: Origin) -> Where {
    Where::Value(origin, Route::fields(["metadata", "name"]))
}
