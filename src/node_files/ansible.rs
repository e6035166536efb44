//! `ansible`: a playbook that leaves the key and no other line. Which hosts the cluster has, the inventory
//! knows: without `keyplan_hosts` the playbook fails, and touches none.
//!
//! The key stands in one task, because `exclusive` looks at one task alone. Options may hold any text, and
//! `!unsafe` keeps Ansible from evaluating it.

use serde::Serialize;

use super::entry::{Entry, yaml};

#[derive(Serialize)]
struct Play<'a> {
    name: String,
    hosts: &'static str,
    gather_facts: bool,
    tasks: [Task<'a>; 1],
}

#[derive(Serialize)]
struct Task<'a> {
    name: String,
    #[serde(rename = "ansible.posix.authorized_key")]
    authorized_key: AuthorizedKey<'a>,
}

#[derive(Serialize)]
struct AuthorizedKey<'a> {
    user: &'a str,
    exclusive: bool,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_options: Option<Literally<'a>>,
}

/// A text that Ansible takes as it is.
#[derive(Serialize)]
enum Literally<'a> {
    #[serde(rename = "unsafe")]
    Text(&'a str),
}

pub(super) fn file(entry: &Entry<'_>) -> String {
    let line = entry.line.as_ref();
    let options = line.map(|line| line.options.as_str()).filter(|options| !options.is_empty());
    let authorized_key = AuthorizedKey {
        user: entry.user,
        exclusive: true,
        key: line.map_or("", |line| line.key.as_str()),
        key_options: options.map(Literally::Text),
    };
    let name = format!("{} opens to its key alone", entry.cluster);
    let task = Task { name: format!("the one key of {}", entry.user), authorized_key };
    let play = Play { name, hosts: "{{ keyplan_hosts }}", gather_facts: false, tasks: [task] };
    entry.header() + &yaml(&[play])
}
