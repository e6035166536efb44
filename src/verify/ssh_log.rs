//! What `ssh -v` says of a connection, line by line: our own ssh alone, which logs to a file of its own. It is text for
//! people, and some of it may come from the node: so only whole known lines count, and a node can lie of itself only.

use std::collections::{BTreeMap, VecDeque};

use crate::openssh::Fingerprint;

/// The most that is kept of one line, in characters.
const LONGEST: usize = 300;
/// How many of the last lines are kept.
const LINES: usize = 3;
/// Warnings that end in a host key that must not be trusted.
const CHANGED: [&str; 3] =
    ["REMOTE HOST IDENTIFICATION HAS CHANGED", "POSSIBLE DNS SPOOFING DETECTED", "REVOKED HOST KEY DETECTED"];

/// What was heard on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SshLog {
    /// Whether the node accepts each key that it has answered for.
    pub(super) answers: BTreeMap<Fingerprint, bool>,
    /// Whether it lets in without any key.
    pub(super) is_open: bool,
    /// Whether keys may be asked at all, as it said last; nothing as long as it said nothing.
    takes_keys: Option<bool>,
    /// Whether it has shown a host key. What is said before that is said of a jump host.
    is_met: bool,
    /// What was wrong with its host key.
    pub(super) host_key: Option<HostKeyError>,
    /// The key that waits for an answer.
    pending: Option<Fingerprint>,
    /// What ssh said last that is no debugging line.
    last_words: VecDeque<String>,
}

/// What is wrong with a host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostKeyError {
    /// It is not the known one, or was revoked.
    Changed,
    /// None is known.
    Unknown,
}

impl SshLog {
    /// Takes in a line.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim_end_matches(['\r', '\n']);
        if let Some(said) = line.strip_prefix("debug1: ") {
            self.debugging(said);
        } else if line.starts_with("Authenticated to ") {
            self.is_open = true;
        } else if self.is_met && CHANGED.iter().any(|warning| line.contains(warning)) {
            self.host_key = Some(HostKeyError::Changed);
        } else if self.is_met && line == "Host key verification failed." {
            self.host_key = self.host_key.or(Some(HostKeyError::Unknown));
        } else if line.starts_with("Received disconnect from ")
            && line.ends_with(": Too many authentication failures")
        {
            // The key that was asked last was the one too many: it was refused.
            self.settle(false);
        }
        let is_greeting = line.starts_with("OpenSSH_") || line.starts_with('@') || line.trim().is_empty();
        if !line.starts_with("debug") && !is_greeting {
            self.last_words.push_back(line.chars().take(LONGEST).collect());
            if self.last_words.len() > LINES {
                self.last_words.pop_front();
            }
        }
    }

    fn debugging(&mut self, said: &str) {
        if let Some(rest) = said.strip_prefix("Offering public key: ") {
            self.pending = fingerprint(rest);
        } else if let Some(rest) = said.strip_prefix("Server accepts key: ") {
            self.pending = fingerprint(rest);
            self.settle(true);
        } else if let Some(methods) = said.strip_prefix("Authentications that can continue: ") {
            self.settle(false);
            self.takes_keys = Some(methods.split(',').any(|method| method == "publickey"));
        } else if said.contains("no mutual signature") {
            // The key was never sent.
            self.pending = None;
        } else if said.starts_with("Server host key: ") {
            self.is_met = true;
        } else if said.starts_with("Authentication succeeded (") {
            self.is_open = true;
        }
    }

    /// The key that waits has its answer.
    fn settle(&mut self, accepts: bool) {
        if let Some(fingerprint) = self.pending.take() {
            self.answers.entry(fingerprint).or_insert(accepts);
        }
    }

    /// Whether the node came to speak of keys.
    pub(super) const fn is_reached(&self) -> bool {
        self.takes_keys.is_some() || self.is_open
    }

    /// Whether it takes no keys at all, so that it accepts none.
    pub(super) fn takes_no_keys(&self) -> bool {
        self.takes_keys == Some(false)
    }

    /// Takes in what was said beside the log: by a jump host, or in a banner. It is for people alone.
    pub(super) fn beside(&mut self, errors: &str) {
        let lines =
            errors.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("debug"));
        let cut = |line: &str| line.chars().take(LONGEST).collect();
        let last: Vec<String> = lines.rev().take(LINES - 1).map(cut).collect();
        for line in last {
            self.last_words.push_front(line);
        }
    }

    /// What ssh said last, for people.
    pub(super) fn last_words(&self) -> Option<String> {
        let lines: Vec<_> = self.last_words.iter().map(String::as_str).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

/// The fingerprint in `PATH TYPE SHA256:... explicit`. The path may hold anything: the last one counts.
fn fingerprint(text: &str) -> Option<Fingerprint> {
    text.split(' ').rev().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{HostKeyError, SshLog};

    const ONE: &str = "SHA256:MByOOsUfVvAk4wla5evYfBz/bgSN6VgZmK2xpXWqhPI";
    const TWO: &str = "SHA256:28gk1KgB0WOZO0f9NalsLYHhkl5kF2jZA+1G9J7ytpc";
    const REFUSED: &str = "debug1: Authentications that can continue: publickey\r\n";

    fn hear(lines: &[&str]) -> SshLog {
        let mut ssh_log = SshLog::default();
        for line in lines {
            ssh_log.line(line);
        }
        ssh_log
    }

    fn offer(fingerprint: &str) -> String {
        format!("debug1: Offering public key: /tmp/a b/0 ED25519 {fingerprint} explicit\r\n")
    }

    fn accept(fingerprint: &str) -> String {
        format!("debug1: Server accepts key: /tmp/a b/0 ED25519 {fingerprint} explicit\r\n")
    }

    fn answer(ssh_log: &SshLog, fingerprint: &str) -> Option<bool> {
        ssh_log.answers.get(&fingerprint.parse().unwrap()).copied()
    }

    #[test]
    fn each_key_has_its_own_answer() {
        let ssh_log =
            hear(&[REFUSED, &offer(ONE), &accept(ONE), "Load key \"x\": invalid format", &offer(TWO)]);
        assert_eq!((answer(&ssh_log, ONE), answer(&ssh_log, TWO)), (Some(true), None));
        let ssh_log = hear(&[REFUSED, &offer(ONE), REFUSED, &offer(TWO), &accept(TWO)]);
        assert_eq!((answer(&ssh_log, ONE), answer(&ssh_log, TWO)), (Some(false), Some(true)));
        assert!(ssh_log.is_reached() && !ssh_log.takes_no_keys() && !ssh_log.is_open);
        assert_eq!(ssh_log.host_key, None);
    }

    #[test]
    fn one_key_too_many_was_refused() {
        let end = "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures";
        let ssh_log = hear(&[REFUSED, &offer(ONE), REFUSED, &offer(TWO), end]);
        assert_eq!((answer(&ssh_log, ONE), answer(&ssh_log, TWO)), (Some(false), Some(false)));
    }

    #[test]
    fn a_key_that_was_not_sent_has_no_answer() {
        let ssh_log =
            hear(&[REFUSED, &offer(ONE), "debug1: send_pubkey_test: no mutual signature algorithm", REFUSED]);
        assert_eq!(answer(&ssh_log, ONE), None);
    }

    #[test]
    fn a_node_without_keys_or_without_a_lock_is_seen() {
        let ssh_log = hear(&["debug1: Authentications that can continue: password,keyboard-interactive"]);
        assert!(ssh_log.is_reached() && ssh_log.takes_no_keys());
        let ssh_log = hear(&["Authenticated to node ([127.0.0.1]:22) using \"none\"."]);
        assert!(ssh_log.is_reached() && ssh_log.is_open);
        assert!(hear(&["debug1: Authentication succeeded (none)."]).is_open);
    }

    #[test]
    fn host_keys_are_told_apart() {
        let failed = "Host key verification failed.\r\n";
        let unknown = "No ED25519 host key is known for x and you have requested strict checking.\r\n";
        let met = "debug1: Server host key: ssh-ed25519 SHA256:x\r\n";
        assert_eq!(hear(&[met, unknown, failed]).host_key, Some(HostKeyError::Unknown));
        let changed = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n";
        assert_eq!(hear(&[met, "@@@@@@\r\n", changed, failed]).host_key, Some(HostKeyError::Changed));
        let revoked = "@       WARNING: REVOKED HOST KEY DETECTED!               @\r\n";
        assert_eq!(hear(&[met, revoked, failed]).host_key, Some(HostKeyError::Changed));
    }

    #[test]
    fn a_jump_host_is_not_the_node() {
        let ssh_log = hear(&["Host key verification failed.", "Connection closed by UNKNOWN port 65535"]);
        assert_eq!(ssh_log.host_key, None);
        let words = "Host key verification failed.; Connection closed by UNKNOWN port 65535";
        assert_eq!(ssh_log.last_words().unwrap(), words);
    }

    #[test]
    fn the_last_words_are_those_of_ssh() {
        let ssh_log = hear(&[
            "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\r\n",
            "debug1: Connecting to x",
            "ssh: connect to host x port 22: Connection refused\r\n",
            "@@@",
            "",
            "debug1: Exit",
        ]);
        assert_eq!(ssh_log.last_words().unwrap(), "ssh: connect to host x port 22: Connection refused");
        assert!(!ssh_log.is_reached());
        assert_eq!(hear(&[&"x".repeat(9000)]).last_words().unwrap().len(), 300);
    }

    #[test]
    fn what_a_banner_says_first_is_not_changed_by_later_lines() {
        // ssh prints what a node sends as a banner: it can claim to accept, which it can do anyway.
        let ssh_log = hear(&[&accept(ONE), &offer(ONE), REFUSED]);
        assert_eq!(answer(&ssh_log, ONE), Some(true));
        assert_eq!(
            answer(&hear(&["x debug1: Server accepts key: a SHA256:b", &accept("SHA256:no")]), ONE),
            None
        );
    }
}
