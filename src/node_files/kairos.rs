//! `kairos`: for Kairos and Palette's edge hosts, at each boot. A user without `lock_passwd` would have an
//! empty password there; the group is the one that Kairos asks of one user at least.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entry::{Entry, yaml};

#[derive(Serialize)]
struct Configuration<'a> {
    stages: Stages<'a>,
}

#[derive(Serialize)]
struct Stages<'a> {
    initramfs: [Stage<'a>; 1],
}

#[derive(Serialize)]
struct Stage<'a> {
    users: BTreeMap<&'a str, User>,
}

#[derive(Serialize)]
struct User {
    lock_passwd: bool,
    groups: [&'static str; 1],
    ssh_authorized_keys: Vec<String>,
}

pub(super) fn file(entry: &Entry<'_>) -> String {
    let user = User { lock_passwd: true, groups: ["admin"], ssh_authorized_keys: entry.lines() };
    let stage = Stage { users: BTreeMap::from([(entry.user, user)]) };
    let configuration = Configuration { stages: Stages { initramfs: [stage] } };
    format!("#cloud-config\n{}{}", entry.header(), yaml(&configuration))
}
