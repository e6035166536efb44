//! `butane`: for `butane`, which makes a configuration of Ignition from it. The version is the oldest of the
//! variant `fcos`, so that every Butane reads it.

use serde::Serialize;

use super::entry::{Entry, yaml};

#[derive(Serialize)]
struct Configuration<'a> {
    variant: &'static str,
    version: &'static str,
    passwd: Passwd<'a>,
}

#[derive(Serialize)]
struct Passwd<'a> {
    users: [User<'a>; 1],
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    ssh_authorized_keys: Vec<String>,
}

pub(super) fn file(entry: &Entry<'_>) -> String {
    let user = User { name: entry.user, ssh_authorized_keys: entry.lines() };
    let configuration = Configuration { variant: "fcos", version: "1.0.0", passwd: Passwd { users: [user] } };
    entry.header() + &yaml(&configuration)
}
