//! Looks all keys up in the workspace's blocklist: each time, because a list changes where keys do not.

use camino::Utf8Path;

use crate::check::resolve::blocklist::{BadBlocklist, find};
use crate::diagnostics::{Finding, Location};
use crate::model::{DocumentId, Resources};
use crate::rules::{invalid_value, listed_key, path_outside_workspace, unreadable_file};
use crate::source::walk::{self, Files, Unreadable};
use crate::source::{FileId, Route, SourceSet};

/// Finds keys that the file has which `blocklist` names, or what is wrong with that file. Of its content nothing is
/// shown. Where there are no keys it is not read: no command on a state needs it.
pub(super) fn check(
    files: &dyn Files,
    sources: &SourceSet,
    resources: &Resources,
    (path, at): &(Box<str>, Location),
    findings: &mut Vec<Finding>,
) {
    let with_key = resources.keys.iter().filter_map(|key| Some((key.origin, key.value.public_key.as_ref()?)));
    let (origins, keys): (Vec<_>, Vec<_>) = with_key.unzip();
    if keys.is_empty() {
        return;
    }
    let Some(file) = walk::resolve(Utf8Path::new("keyplan.yaml"), Utf8Path::new(path)) else {
        findings.push(path_outside_workspace::finding(at.clone(), path));
        return;
    };
    let list = match files.open_list(&file) {
        Ok(list) => list,
        Err(Unreadable::LeadsOutside) => {
            findings.push(path_outside_workspace::finding(at.clone(), path));
            return;
        }
        Err(why) => {
            findings.push(unreadable_file::finding(at.clone(), &file, &why));
            return;
        }
    };
    match find(list, &keys) {
        Ok(found) => findings.extend(found.into_iter().map(|(number, listed)| {
            listed_key::finding(listed, path, place_of_key(sources, origins[number]), at.clone())
        })),
        Err(BadBlocklist::Io(error)) => {
            findings.push(unreadable_file::finding(at.clone(), &file, &error.into()));
        }
        Err(why) => findings.push(invalid_value::finding(
            at.clone(),
            "`blocklist` cannot be",
            path,
            &why.to_string(),
            "name badkeys' `blocklist.dat`, or a text with one SHA256 fingerprint on each line",
        )),
    }
}

/// The field that gives a key.
fn place_of_key(sources: &SourceSet, origin: DocumentId) -> Location {
    let file = FileId(origin.file);
    let place = |field| sources.key(file, origin.document, &Route::fields(["spec", field]));
    let is_file = place("publicKeyFile") != sources.key(file, origin.document, &Route::fields(["spec"]));
    let field = if is_file { "publicKeyFile" } else { "publicKey" };
    Location::Value(origin, Route::fields(["spec", field]))
}
