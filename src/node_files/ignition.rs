//! `ignition`: JSON of version 3.0.0, the oldest that is still read and so the one that every Ignition 2
//! reads. It has no comments, and Ignition warns of fields that it does not know.

use serde::Serialize;

use super::entry::Entry;

#[derive(Serialize)]
struct Configuration<'a> {
    ignition: Ignition,
    passwd: Passwd<'a>,
}

#[derive(Serialize)]
struct Ignition {
    version: &'static str,
}

#[derive(Serialize)]
struct Passwd<'a> {
    users: [User<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    name: &'a str,
    ssh_authorized_keys: Vec<String>,
}

pub(super) fn file(entry: &Entry<'_>) -> String {
    let user = User { name: entry.user, ssh_authorized_keys: entry.lines() };
    let configuration =
        Configuration { ignition: Ignition { version: "3.0.0" }, passwd: Passwd { users: [user] } };
    // Texts, lists and fields can always be written.
    serde_json::to_string_pretty(&configuration).unwrap_or_default() + "\n"
}
