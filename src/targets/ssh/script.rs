//! The one script that runs on nodes, what it is told, and what it answers.

use std::net::IpAddr;

use super::cksum::cksum;

/// The script: the same text every time.
const SCRIPT: &str = include_str!("node.sh");
/// The largest file of authorized keys that is read, in bytes.
pub(super) const MOST: usize = 16 << 20;

/// What is run on a node: a constant.
#[must_use]
pub(super) fn command() -> String {
    format!("exec sh -c '{SCRIPT}'")
}

/// Asks for the file.
#[must_use]
pub(super) fn observe(nonce: &str) -> Vec<u8> {
    format!("keyplan-2 {nonce} observe {MOST}\n").into_bytes()
}

/// Asks to replace the file, if it is still the old one.
#[must_use]
pub(super) fn change(nonce: &str, old: Option<&[u8]>, new: &[u8]) -> Vec<u8> {
    let old = old.map_or_else(|| "-".into(), cksum);
    let mut input = format!("keyplan-2 {nonce} change {old} {}\n", cksum(new)).into_bytes();
    input.extend_from_slice(new);
    input
}

/// What a node answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is no file.
    Absent,
    /// The file with its bytes.
    File(Vec<u8>),
    /// The file was replaced, and holds what was sent.
    Done,
    /// The file is another one than was said.
    Changed,
    /// Another keyplan is replacing the file.
    Busy,
    /// It was not done: why, for people.
    Refused(String),
    /// It is whole, and not what it says of itself: a file that changed while it was read, for example.
    Inconsistent,
}

/// Finds the answer in what came from a node. Whatever its shell prints at login comes before it.
#[must_use]
pub(super) fn answer(output: &[u8], nonce: &str, sent: Option<&[u8]>) -> Option<Answer> {
    let mark = mark(nonce);
    let (words, rest) = words(output, &mark)?;
    match words.split_once(' ').unwrap_or((words, "")) {
        ("absent", _) => Some(Answer::Absent),
        ("file", words) => file(rest, words.split(' ').next()?, &mark),
        ("done", sum) if sent.is_some_and(|sent| cksum(sent) == sum) => Some(Answer::Done),
        ("done", _) => Some(Answer::Inconsistent),
        ("changed", "") => Some(Answer::Changed),
        ("busy", "") => Some(Answer::Busy),
        ("refused", why) => Some(Answer::Refused(reason(why).into())),
        _ => None,
    }
}

/// The address from where the node sees keyplan come, in its answer to what asks for the file.
#[must_use]
pub(super) fn client(output: &[u8], nonce: &str) -> Option<IpAddr> {
    let (words, _) = words(output, &mark(nonce))?;
    let (["absent", address] | ["file", _, address]) = words.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    // Without the interface of a local one, which is no part of a pattern of `from`.
    address.split('%').next()?.parse().ok()
}

fn mark(nonce: &str) -> Vec<u8> {
    format!("\nkeyplan-2 {nonce} ").into_bytes()
}

/// The first line behind a mark, and all that follows it.
fn words<'a>(output: &'a [u8], mark: &[u8]) -> Option<(&'a str, &'a [u8])> {
    let at = output.windows(mark.len()).position(|window| window == mark)?;
    let rest = &output[at + mark.len()..];
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&rest[..end]).ok()?, &rest[end + 1..]))
}

/// The bytes of a file. One that changed while it was read is not what its checksum says.
fn file(rest: &[u8], sum: &str, mark: &[u8]) -> Option<Answer> {
    let length: usize = sum.split_once(':')?.1.parse().ok()?;
    let end = [mark, b"end\n"].concat();
    let (bytes, after) = rest.split_at_checked(length).unwrap_or((rest, b""));
    if after.starts_with(&end) && cksum(bytes) == sum {
        return Some(Answer::File(bytes.to_vec()));
    }
    (rest.ends_with(&end) || after.len() >= end.len()).then_some(Answer::Inconsistent)
}

/// Why the script did nothing, for people.
fn reason(word: &str) -> &'static str {
    match word {
        "no-cksum" => "the node has no `cksum`",
        "no-home" => "the user has no home folder there",
        "folder-is-link" => "`~/.ssh` is a link, and links are not followed",
        "folder-is-none" => "`~/.ssh` is not a folder",
        "file-is-link" => "`~/.ssh/authorized_keys` is a link, and links are not followed",
        "file-is-none" => "`~/.ssh/authorized_keys` is not a file",
        "unreadable" => "`~/.ssh/authorized_keys` cannot be read by the user",
        "too-large" => "`~/.ssh/authorized_keys` is larger than 16 MiB",
        "unwritable" => "`~/.ssh` cannot be written to",
        "owner" => "`~/.ssh/authorized_keys` belongs to another user, and could not be given back to them",
        "incomplete" => "the new file could not be written whole: is the disk full?",
        _ => "the node refuses, and keyplan does not know why",
    }
}

#[cfg(test)]
mod tests;
