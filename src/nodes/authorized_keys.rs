//! `authorized-keys`: the file of sshd itself. Without a key it lets nobody in.

use super::Door;

pub(super) fn file(door: &Door<'_>) -> String {
    let lines = door.lines().into_iter().flat_map(|line| [line, "\n".into()]);
    door.header() + &lines.collect::<String>()
}
