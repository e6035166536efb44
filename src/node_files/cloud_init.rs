//! `cloud-init`: user data. A user beside the image's own one, who can log in with the key alone.
//!
//! cloud-init takes it for user data only when the first line is `#cloud-config`, and it takes no list of
//! keys that is empty. The shell is the image's choice: sshd refuses users whose shell is not there.

use serde::Serialize;

use super::entry::{Entry, yaml};

#[derive(Serialize)]
struct UserData<'a> {
    /// The user that the image brings along, which would not be made without this word, and ours.
    users: (&'static str, User<'a>),
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    lock_passwd: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ssh_authorized_keys: Vec<String>,
}

pub(super) fn file(entry: &Entry<'_>) -> String {
    let user = User { name: entry.user, lock_passwd: true, ssh_authorized_keys: entry.lines() };
    let data = UserData { users: ("default", user) };
    format!("#cloud-config\n{}{}", entry.header(), yaml(&data))
}
