//! `authorized-keys`: the file of sshd itself. Without a key it lets nobody in.

use super::entry::Entry;

pub(super) fn file(entry: &Entry<'_>) -> String {
    let lines = entry.lines().into_iter().flat_map(|line| [line, "\n".into()]);
    entry.header() + &lines.collect::<String>()
}
