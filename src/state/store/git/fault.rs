//! What a failure of git comes to.

use super::super::error::{StoreError, StoreErrorKind};
use super::program::Ran;
use crate::model::{is_plain, without_secrets};

/// Why something could not be done with the cache or the remote.
#[derive(Debug)]
pub(super) enum Fault {
    /// The cache is not whole: it is made anew.
    Torn(String),
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What git and ssh say, in lower case, and what it means. The first that fits holds: what they say of the reason comes
/// before what they say of its consequence.
const MEANINGS: [(&str, StoreErrorKind); 40] = [
    ("no space left on device", StoreErrorKind::Full),
    ("disk quota exceeded", StoreErrorKind::Full),
    ("host key verification failed", StoreErrorKind::Denied),
    ("permission denied", StoreErrorKind::Denied),
    ("insufficient permission", StoreErrorKind::Denied),
    ("authentication failed", StoreErrorKind::Denied),
    ("could not read username", StoreErrorKind::Denied),
    ("could not read password", StoreErrorKind::Denied),
    ("unable to get password", StoreErrorKind::Denied),
    ("terminal prompts disabled", StoreErrorKind::Denied),
    ("dubious ownership", StoreErrorKind::Denied),
    ("access denied", StoreErrorKind::Denied),
    ("returned error: 401", StoreErrorKind::Denied),
    ("returned error: 403", StoreErrorKind::Denied),
    ("' not allowed", StoreErrorKind::Denied),
    ("read-only", StoreErrorKind::Denied),
    ("does not appear to be a git repository", StoreErrorKind::Missing),
    ("repository not found", StoreErrorKind::Missing),
    ("could not be found", StoreErrorKind::Missing),
    ("does not exist", StoreErrorKind::Missing),
    ("returned error: 404", StoreErrorKind::Missing),
    ("' not found", StoreErrorKind::Missing),
    ("returned error: 5", StoreErrorKind::Unavailable),
    ("returned error: 429", StoreErrorKind::Unavailable),
    ("could not resolve", StoreErrorKind::Unavailable),
    ("name or service not known", StoreErrorKind::Unavailable),
    ("connection refused", StoreErrorKind::Unavailable),
    ("connection timed out", StoreErrorKind::Unavailable),
    ("connection reset", StoreErrorKind::Unavailable),
    ("connection closed", StoreErrorKind::Unavailable),
    ("operation timed out", StoreErrorKind::Unavailable),
    ("failed to connect", StoreErrorKind::Unavailable),
    ("unable to connect", StoreErrorKind::Unavailable),
    ("couldn't connect", StoreErrorKind::Unavailable),
    ("network is unreachable", StoreErrorKind::Unavailable),
    ("no route to host", StoreErrorKind::Unavailable),
    ("unexpected disconnect", StoreErrorKind::Unavailable),
    ("early eof", StoreErrorKind::Unavailable),
    ("hung up unexpectedly", StoreErrorKind::Unavailable),
    ("unable to access", StoreErrorKind::Unavailable),
];

/// Most characters of a line that are told.
const LONGEST: usize = 300;

/// What git says last, whatever it was.
const CONSEQUENCES: [&str; 5] = [
    "fatal: could not read from remote repository",
    "please make sure you have the correct access rights",
    "and the repository exists",
    "error: failed to push some refs",
    "fatal: the remote end hung up unexpectedly",
];

/// The lines of a run for people, without empty ones.
fn lines(ran: &Ran) -> impl DoubleEndedIterator<Item = String> {
    ran.err.split(['\n', '\r']).map(cleaned).filter(|line| !line.is_empty())
}

/// A text of git, of a server or of the branch, as it can be shown: it has no secrets.
pub(super) fn cleaned(text: &str) -> String {
    let text: String = text.trim().chars().filter(|letter| is_plain(*letter)).take(LONGEST).collect();
    without_secrets(&text)
}

/// The line that tells a known reason, and what that is. What the server says counts as well.
fn reason(ran: &Ran) -> Option<(StoreErrorKind, String)> {
    MEANINGS.iter().find_map(|(words, kind)| {
        let line = lines(ran).find(|line| line.to_lowercase().contains(words))?;
        Some((*kind, line))
    })
}

/// The last line that says something of its own.
fn last_words(ran: &Ran) -> String {
    let is_own = |line: &String| {
        let lower = line.to_lowercase();
        !CONSEQUENCES.iter().any(|words| lower.starts_with(words))
    };
    lines(ran).rfind(is_own).unwrap_or_else(|| "nothing, and fails".into())
}

/// What git says, as the end of a sentence.
fn says(line: &str) -> String {
    let line = ["fatal: ", "error: "].iter().fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
    format!("git says: {}", line.trim_end_matches('.'))
}

/// An error with the next step.
fn error(kind: StoreErrorKind, line: &str) -> StoreError {
    let lower = line.to_lowercase();
    let error = StoreError::new(kind, says(line));
    if lower.contains("host key verification failed") {
        return error.with_help("log in to the server once by hand, or add its host key to `known_hosts`");
    }
    match kind {
        StoreErrorKind::Missing => {
            error.with_help("see whether the remote is right, and whether you may read it")
        }
        StoreErrorKind::Denied => {
            error.with_help("see that `git ls-remote` with this remote works without a question")
        }
        StoreErrorKind::Unavailable => {
            error.with_help("see that `git ls-remote` with this remote works, and try again")
        }
        StoreErrorKind::Full | StoreErrorKind::Ambiguous | StoreErrorKind::Damaged => error,
    }
}

/// Why the remote could not be read.
pub(super) fn of_remote(ran: &Ran) -> Option<StoreError> {
    reason(ran).map(|(kind, line)| error(kind, &line))
}

/// Why the cache could not be used.
pub(super) fn of_cache(ran: &Ran) -> Fault {
    match reason(ran) {
        Some((kind @ (StoreErrorKind::Full | StoreErrorKind::Denied), line)) => {
            Fault::Store(error(kind, &line))
        }
        _ => Fault::Torn(says(&last_words(ran))),
    }
}

/// What a server said for people while it refused a push, as far as it did.
pub(super) fn of_server(ran: &Ran) -> Option<String> {
    let mut said =
        lines(ran).filter_map(|line| line.strip_prefix("remote:").map(|line| line.trim().to_owned()));
    said.rfind(|line| line.chars().any(char::is_alphanumeric))
}

/// Whether a push was refused because there is no room.
pub(super) fn is_full(ran: &Ran) -> bool {
    matches!(reason(ran), Some((StoreErrorKind::Full, _)))
}

/// Where a repository should be, something says of nothing what it is.
pub(super) fn no_git() -> StoreError {
    let words = "what answers is no server of git: something between here and it may have";
    StoreError::new(StoreErrorKind::Missing, words).with_help(
        "see whether the remote is right, and whether a proxy or a sign-in page answers, with `HTTPS_PROXY` and \
         `NO_PROXY`",
    )
}

/// A failure that nothing is known of.
pub(super) fn unknown(ran: &Ran) -> StoreError {
    error(StoreErrorKind::Unavailable, &last_words(ran))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: &str = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access \
                       rights\nand the repository exists.\n";

    #[test]
    fn what_servers_and_ssh_say_is_understood() {
        use StoreErrorKind::{Denied, Full, Missing, Unavailable};
        for (said, kind, words) in [
            ("ERROR: Repository not found.", Missing, "ERROR: Repository not found"),
            (
                "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
                Missing,
                "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it",
            ),
            (
                "remote: Repository not found.\nfatal: repository 'https://x@example.com/a/' not found",
                Missing,
                "remote: Repository not found",
            ),
            (
                "git@example.com: Permission denied (publickey).",
                Denied,
                "git@example.com: Permission denied (publickey)",
            ),
            (
                "No ED25519 host key is known.\r\nHost key verification failed.\r",
                Denied,
                "Host key verification failed",
            ),
            (
                "fatal: could not read Username for 'https://example.com': terminal prompts disabled",
                Denied,
                "could not read Username for 'https://example.com': terminal prompts disabled",
            ),
            ("fatal: unable to get password from user", Denied, "unable to get password from user"),
            (
                "remote: Permission to a/b.git denied to ana.\nfatal: unable to access 'https://t:k@example.com/a/': The \
                 requested URL returned error: 403",
                Denied,
                "unable to access 'https://example.com/a/': The requested URL returned error: 403",
            ),
            (
                "ssh: Could not resolve hostname example.com: Name or service not known",
                Unavailable,
                "ssh: Could not resolve hostname example.com: Name or service not known",
            ),
            (
                "fatal: unable to access 'https://example.com/a/': Could not resolve host: example.com",
                Unavailable,
                "unable to access 'https://example.com/a/': Could not resolve host: example.com",
            ),
            (
                "ssh: connect to host a port 22: Connection refused",
                Unavailable,
                "ssh: connect to host a port 22: Connection refused",
            ),
            ("Connection closed by 10.0.0.1 port 22", Unavailable, "Connection closed by 10.0.0.1 port 22"),
            (
                "fatal: write error: No space left on device\nfatal: early EOF",
                Full,
                "write error: No space left on device",
            ),
        ] {
            let ran = Ran { code: Some(128), out: Vec::new(), err: format!("{said}\n{SSH}") };
            let error = of_remote(&ran).unwrap();
            assert_eq!((error.kind, error.words), (kind, format!("git says: {words}")), "{said}");
        }
    }

    #[test]
    fn what_nobody_knows_is_told_in_its_own_words() {
        let ran = Ran {
            code: Some(1),
            out: Vec::new(),
            err: format!("From x\nfatal: \u{1b}[31mhello\u{202e}.\n{SSH}"),
        };
        assert!(of_remote(&ran).is_none());
        assert_eq!(unknown(&ran).words, "git says: [31mhello");
        let ran = Ran { code: Some(1), out: Vec::new(), err: SSH.into() };
        assert_eq!(unknown(&ran).words, "git says: nothing, and fails");
    }
}
