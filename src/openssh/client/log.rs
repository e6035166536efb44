//! What `ssh -v` says of a connection, line by line: our own ssh alone, which logs to a file of its own. It is text for
//! people, and some of it may come from the node: so only whole known lines count, and a node can lie of itself only.

use std::collections::{BTreeMap, VecDeque};

use crate::openssh::{Fingerprint, OpenSshVersion};

/// The most that is kept of one line, in characters.
const LONGEST: usize = 300;
/// How many of the last lines are kept.
const LINES: usize = 3;
/// Warnings that end in a host key that must not be trusted.
const CHANGED: [&str; 3] =
    ["REMOTE HOST IDENTIFICATION HAS CHANGED", "POSSIBLE DNS SPOOFING DETECTED", "REVOKED HOST KEY DETECTED"];

/// Lines that say nothing to people.
const NOISE: [&str; 7] =
    ["debug", "OpenSSH_", "@", "** ", "Authenticated to ", "Transferred: ", "Bytes per second"];
/// What a connection says that an sshd with too many of them drops.
const DROPPED: [&str; 4] =
    ["kex_exchange_identification", "Connection reset", "Connection closed by", "banner exchange"];

/// The key of a login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoginKey {
    /// This key.
    Key(Fingerprint),
    /// None that a file of authorized keys could name: a certificate or Kerberos, for example.
    None,
    /// Nobody knows: a connection that was there already was used.
    #[default]
    Unknown,
}

/// What was heard on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SshLog {
    /// The command whose lines ssh repeats in the log.
    echo: Box<str>,
    pub(super) login_key: LoginKey,
    /// The OpenSSH of the server; nothing where it is another server, or a connection that was there already was used.
    pub(super) server: Option<OpenSshVersion>,
    /// The key that was accepted last.
    accepted: LoginKey,
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
    /// Of an ssh that runs this command.
    pub(super) fn without(echo: &str) -> Self {
        Self { echo: echo.into(), ..Self::default() }
    }

    /// Takes in a line.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim_end_matches(['\r', '\n']);
        if let Some(said) = line.strip_prefix("debug1: ") {
            self.debugging(said);
        } else if line.starts_with("Authenticated to ") {
            self.is_open = true;
            if let Some((_, method)) = line.rsplit_once(" using \"") {
                let has_key = method.starts_with("publickey");
                self.login_key = if has_key { self.accepted } else { LoginKey::None };
            }
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
        if !self.is_noise(line) {
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
            let is_certificate = rest.split(' ').any(|word| word.ends_with("-CERT"));
            self.accepted = match self.pending {
                Some(_) if is_certificate => LoginKey::None,
                Some(key) => LoginKey::Key(key),
                None => LoginKey::Unknown,
            };
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
        } else if let Some((_, version)) = said.split_once("remote software version ") {
            self.server = OpenSshVersion::find(version).filter(|_| version.starts_with("OpenSSH_"));
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

    /// Whether it came to speak of keys, and let nobody in.
    pub(super) const fn is_denied(&self) -> bool {
        self.takes_keys.is_some() && !self.is_open
    }

    /// Whether it takes no keys at all, so that it accepts none.
    pub(super) fn takes_no_keys(&self) -> bool {
        self.takes_keys == Some(false)
    }

    /// Whether the connection was dropped before anybody was let in, as an sshd does that has too many.
    pub(super) fn is_dropped(&self) -> bool {
        let is_drop = |line: &String| DROPPED.iter().any(|drop| line.contains(drop));
        !self.is_reached() && self.host_key.is_none() && self.last_words.iter().any(is_drop)
    }

    /// What was said last, for people. `beside` is what jump hosts, a banner and the command said beside the log.
    pub(super) fn last_words(&self, beside: &str) -> Option<String> {
        let is_telling = |line: &&str| !self.is_noise(line);
        let beside = beside.lines().map(str::trim).filter(is_telling).rev().take(LINES - 1);
        let mut lines: Vec<String> = beside.map(|line| line.chars().take(LONGEST).collect()).collect();
        lines.reverse();
        lines.extend(self.last_words.iter().cloned());
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    fn is_noise(&self, line: &str) -> bool {
        // The last line of the command may be cut off.
        let is_echo = || self.echo.lines().any(|whole| whole.trim_start().starts_with(line.trim_start()));
        line.trim().is_empty() || NOISE.iter().any(|noise| line.starts_with(noise)) || is_echo()
    }
}

/// The fingerprint in `PATH TYPE SHA256:... explicit`. The path may hold anything: the last one counts.
fn fingerprint(text: &str) -> Option<Fingerprint> {
    text.split(' ').rev().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{HostKeyError, LoginKey, SshLog};
    use crate::openssh::OpenSshVersion;

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
        assert!(ssh_log.is_reached() && ssh_log.takes_no_keys() && ssh_log.is_denied());
        let ssh_log = hear(&["Authenticated to node ([127.0.0.1]:22) using \"none\"."]);
        assert!(ssh_log.is_reached() && ssh_log.is_open && !ssh_log.is_denied());
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
        assert_eq!(ssh_log.last_words("").unwrap(), words);
    }

    #[test]
    fn the_last_words_are_those_of_ssh() {
        let ssh_log = hear(&[
            "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\r\n",
            "debug1: Connecting to x",
            "ssh: connect to host x port 22: Connection refused\r\n",
            "@@@",
            "** WARNING: connection is not using a post-quantum key exchange algorithm.",
            "",
            "debug1: Exit",
        ]);
        assert_eq!(ssh_log.last_words("").unwrap(), "ssh: connect to host x port 22: Connection refused");
        assert!(!ssh_log.is_reached());
        assert_eq!(hear(&[&"x".repeat(9000)]).last_words("").unwrap().len(), 300);
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
    #[test]
    fn the_last_key_before_the_login_is_that_of_the_login() {
        let login = "Authenticated to node (via proxy) using \"publickey\".\n";
        let key = |lines: &[&str]| hear(lines).login_key;
        assert_eq!(key(&[&offer(TWO), REFUSED, &accept(ONE), login]), LoginKey::Key(ONE.parse().unwrap()));
        let certificate = accept(ONE).replace(" ED25519 ", " ED25519-CERT ");
        assert_eq!(key(&[&certificate, login]), LoginKey::None);
        let kerberos = login.replace("publickey", "gssapi-with-mic");
        assert_eq!(key(&[&accept(ONE), &kerberos]), LoginKey::None);
        assert_eq!(key(&[&accept(ONE)]), LoginKey::Unknown);
        assert_eq!(key(&["debug1: mux_client_request_session: master session id: 2"]), LoginKey::Unknown);
    }

    #[test]
    fn the_version_of_a_server_is_told() {
        let server = |version: &str| {
            let line = "debug1: Remote protocol version 2.0, remote software version";
            hear(&[&format!("{line} {version}\r\n")]).server
        };
        assert_eq!(server("OpenSSH_8.4p1 Debian-5"), Some(OpenSshVersion::new(8, 4)));
        for other in ["dropbear_2022.83", "Go", "x OpenSSH_9.2", "OpenSSH_"] {
            assert_eq!(server(other), None, "{other}");
        }
    }

    #[test]
    fn only_ssh_itself_says_that_a_connection_was_dropped() {
        let dropped = hear(&["kex_exchange_identification: Connection closed by remote host"]);
        assert!(dropped.is_dropped());
        assert!(!hear(&[REFUSED, "Connection reset by 10.0.0.1 port 22"]).is_dropped());
        let beside = hear(&[]);
        assert_eq!(beside.last_words("Welcome\nConnection reset\n").unwrap(), "Welcome; Connection reset");
        assert!(!beside.is_dropped());
    }

    #[test]
    fn what_is_repeated_of_the_command_is_not_said_by_ssh() {
        let mut log = SshLog::without("umask 077\n  refuse x\n");
        for line in ["debug1: Sending command: umask 077\n", "  refu\n", "gone\n"] {
            log.line(line);
        }
        assert_eq!(log.last_words("refuse x\n").unwrap(), "gone");
    }
}
