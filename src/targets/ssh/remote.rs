//! Nodes over the user's own `ssh`: its configuration, agent, jump hosts and known hosts.
//!
//! What runs on a node is one constant script; hosts and users are arguments of their own, and the model has
//! checked them. ssh says what it does to a file of its own, so that what a node prints is never taken for it,
//! and so that a connection that stays open for others keeps nothing of ours open.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::desired::Login;
use super::own_key::{accepts, own_key};
use super::script::{self, Answer, MOST};
use super::transport::{Found, Nodes, Replaced};
use crate::model::DEFAULT_PORT;
use crate::openssh::client::{Ended, Folder, Run};
use crate::openssh::{OpenSshVersion, PublicKey};

/// How often a connection that a node dropped before it let us in is tried again.
const RETRIES: u32 = 2;
/// What a shell may print besides our answer, in bytes.
const MOST_BANNER: usize = 1 << 20;

/// The program `ssh`.
#[derive(Debug)]
pub(super) struct Remote {
    folder: Folder,
    timeout: u32,
    /// Logins whose unknown host keys are taken, because the user's configuration says so.
    trusting: Mutex<BTreeSet<Login>>,
}

/// What came of a connection.
struct Said {
    /// What the node printed.
    output: Vec<u8>,
    /// What ssh says it did.
    log: String,
    /// What ssh and the node complain of.
    complaint: String,
}

impl Remote {
    /// Nodes that may take so many seconds for each thing.
    ///
    /// # Errors
    /// When there is no room for the files that ssh writes.
    pub(super) fn new(timeout: u32) -> io::Result<Self> {
        Ok(Self { folder: Folder::new()?, timeout, trusting: Mutex::default() })
    }

    /// Runs the script on a node. A connection that is dropped before anybody is let in is tried again: nothing
    /// was asked of the node by then.
    fn ask(&self, login: &Login, input: &[u8], options: &[String]) -> Result<Said, String> {
        let mut pause = Duration::from_millis(500);
        for _ in 0..RETRIES {
            let said = self.once(login, input, options)?;
            if !is_dropped(&said) {
                return Ok(said);
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
        self.once(login, input, options)
    }

    fn once(&self, login: &Login, input: &[u8], options: &[String]) -> Result<Said, String> {
        let is_trusting = self.trusting.lock().unwrap_or_else(PoisonError::into_inner).contains(login);
        let said = self.run(login, input, options, is_trusting)?;
        if is_trusting || !is_unknown(&said.log) || !self.takes_unknown(login) {
            return Ok(said);
        }
        self.trusting.lock().unwrap_or_else(PoisonError::into_inner).insert(login.clone());
        self.run(login, input, options, true)
    }

    /// One connection. A host key that has changed is refused, whatever the user's configuration says of it.
    fn run(
        &self,
        login: &Login,
        input: &[u8],
        options: &[String],
        is_trusting: bool,
    ) -> Result<Said, String> {
        // Whoever is asked for three things in a row may take the time for each.
        let time = Duration::from_secs(u64::from(self.timeout) * 3);
        let mut run =
            Run { input, time, most: MOST + MOST_BANNER, logs: true, hear: &mut |_| true, goes_on: &|| true };
        let hosts = if is_trusting { "accept-new" } else { "yes" };
        let said = self.folder.run(&mut run, |command| {
            command.args(["-T", "-v", "-o", &format!("StrictHostKeyChecking={hosts}")]);
            command.args(self.fixed()).args(options);
            destination(command, login).arg(script::command());
        });
        let said = said.map_err(|error| cannot_run(&error))?;
        let complaint = complaint(&said.log, &said.errors);
        match said.ended {
            Ended::TimedOut => Err(format!("no answer within {} s", time.as_secs())),
            Ended::TooMuch => Err("the node prints without end".into()),
            Ended::ByItself(_) | Ended::Enough | Ended::Interrupted => {
                Ok(Said { output: said.output, log: said.log, complaint })
            }
        }
    }

    /// Whether the user's configuration takes host keys that are not known yet.
    fn takes_unknown(&self, login: &Login) -> bool {
        let time = Duration::from_secs(u64::from(self.timeout));
        let (hear, goes_on) = (&mut |_: &str| true, &|| true);
        let mut run = Run { input: b"", time, most: MOST_BANNER, logs: false, hear, goes_on };
        let said = self.folder.run(&mut run, |command| {
            destination(command.arg("-G"), login);
        });
        let text = said.map(|said| String::from_utf8_lossy(&said.output).into_owned()).unwrap_or_default();
        text.lines().any(|line| {
            ["stricthostkeychecking accept-new", "stricthostkeychecking false", "stricthostkeychecking no"]
                .contains(&line.trim())
        })
    }

    /// What every call says.
    fn fixed(&self) -> Vec<String> {
        let timeout = format!("ConnectTimeout={}", self.timeout);
        let options = [
            "BatchMode=yes",
            &timeout,
            "ConnectionAttempts=2",
            "ClearAllForwardings=yes",
            "ForwardAgent=no",
            "ForwardX11=no",
            "PermitLocalCommand=no",
            "RemoteCommand=none",
            "FingerprintHash=sha256",
        ];
        options.iter().flat_map(|option| ["-o".to_owned(), (*option).to_owned()]).collect()
    }

    /// The answer of a node that has run the script.
    fn answered(
        &self,
        login: &Login,
        input: &[u8],
        options: &[String],
        (nonce, sent): (&str, Option<&[u8]>),
    ) -> Result<(Answer, Said), String> {
        let said = self.ask(login, input, options)?;
        match script::answer(&said.output, nonce, sent) {
            Some(Answer::Refused(why)) if said.complaint.is_empty() => Err(why),
            Some(Answer::Refused(why)) => Err(format!("{why} ({})", said.complaint)),
            Some(Answer::Busy) => Err("another keyplan is at work on the node".into()),
            Some(answer) => Ok((answer, said)),
            None if said.complaint.is_empty() => Err("the node did not answer, or not in full".into()),
            None => Err(said.complaint),
        }
    }
}

impl Nodes for Remote {
    fn observe(&self, login: &Login, anew: bool) -> Result<Found, String> {
        let nonce = nonce()?;
        let options = if anew { own_connection() } else { Vec::new() };
        let (answer, said) = self.answered(login, &script::observe(&nonce), &options, (&nonce, None))?;
        let file = match answer {
            Answer::Absent => None,
            Answer::File(bytes) => Some(bytes),
            Answer::Done | Answer::Changed | Answer::Busy | Answer::Refused(_) => {
                return Err("the node did not answer what it was asked".into());
            }
        };
        let client = script::client(&said.output, &nonce);
        Ok(Found { file, own_key: own_key(&said.log), client, sshd: sshd_of(&said.log) })
    }

    fn replace(&self, login: &Login, old: Option<&[u8]>, new: &[u8]) -> Result<Replaced, String> {
        let nonce = nonce()?;
        let input = script::change(&nonce, old, new);
        match self.answered(login, &input, &[], (&nonce, Some(new)))?.0 {
            Answer::Done => Ok(Replaced::Done),
            Answer::Changed => Ok(Replaced::Changed),
            Answer::Absent | Answer::File(_) | Answer::Busy | Answer::Refused(_) => {
                Err("the node did not answer what it was asked".into())
            }
        }
    }

    /// ssh asks whether a key would do before it signs with it, and says what the answer was. It has the public
    /// half alone, so that it cannot sign.
    fn accepts(&self, login: &Login, key: &PublicKey) -> Result<bool, String> {
        let file = self.public_file(key).map_err(|error| format!("cannot write a public key: {error}"))?;
        let mut options = own_connection();
        options.push("-i".into());
        options.push(file.to_string_lossy().into_owned());
        for option in ["IdentitiesOnly=yes", "IdentityAgent=none", "PreferredAuthentications=publickey"] {
            options.extend(["-o".into(), option.into()]);
        }
        // Should another key of the configuration let it in, the script finds no question, and ends.
        let said = self.ask(login, b"", &options)?;
        let is_accepted = accepts(&said.log, key.fingerprint());
        if is_accepted || said.log.contains("Offering public key") {
            return Ok(is_accepted);
        }
        Err(if said.complaint.is_empty() { "ssh did not ask for the key".into() } else { said.complaint })
    }
}

impl Remote {
    fn public_file(&self, key: &PublicKey) -> io::Result<PathBuf> {
        let name = key.fingerprint().as_bytes().iter().map(|byte| format!("{byte:02x}"));
        let path = self.folder.path().join(format!("{}.pub", name.collect::<Vec<_>>().concat()));
        // Several may write the same bytes at once; each has a name of its own until they are whole.
        let mut file = tempfile::NamedTempFile::new_in(self.folder.path())?;
        writeln!(file, "{}", key.line())?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(path)
    }
}

/// Options for a connection of its own, where the user shares open ones.
fn own_connection() -> Vec<String> {
    ["-o", "ControlPath=none", "-o", "ControlMaster=no"].map(str::to_owned).to_vec()
}

fn cannot_run(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no program `ssh`".to_owned(),
        kind => format!("`ssh` cannot be run: {kind}"),
    }
}

/// To whom it is to go.
fn destination<'a>(command: &'a mut Command, login: &Login) -> &'a mut Command {
    command.args(["-l", &login.user]);
    // Without one, the port is what the user's configuration says.
    if login.node.port != DEFAULT_PORT {
        command.args(["-p", &login.node.port.to_string()]);
    }
    command.args(["--", &login.node.host])
}

/// The OpenSSH of the server, by the log of a connection to it.
fn sshd_of(log: &str) -> Option<OpenSshVersion> {
    let mut versions = log.lines().filter_map(|line| line.split_once("remote software version "));
    let (_, version) = versions.next_back()?;
    OpenSshVersion::find(version).filter(|_| version.starts_with("OpenSSH_"))
}

/// Whether a connection ended because the host key is not known.
fn is_unknown(log: &str) -> bool {
    let is_refused = log.lines().any(|line| line.trim() == "Host key verification failed.");
    is_refused && log.lines().any(|line| line.starts_with("No ") && line.contains(" host key is known for "))
}

/// The last thing that ssh or the node complains of, and what to do about it where ssh does not say so.
fn complaint(log: &str, errors: &str) -> String {
    if log.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        return "its host key is another than before: find out why, and then correct `known_hosts`".into();
    }
    if log.lines().any(|line| line.trim() == "Host key verification failed.") {
        return "its host key is not known: log in once by hand, or add it to `known_hosts`".into();
    }
    let is_noise = |line: &&str| {
        let noise = ["debug1:", "OpenSSH_", "Authenticated to ", "Transferred: ", "Bytes per second"];
        line.is_empty() || noise.iter().any(|noise| line.starts_with(noise)) || script::is_line(line)
    };
    let last = |text: &str| text.lines().map(str::trim).rfind(|line| !is_noise(line)).map(str::to_owned);
    last(log).or_else(|| last(errors)).unwrap_or_default().chars().take(300).collect()
}

/// Whether a connection was dropped before anybody was let in, as an sshd does that has too many.
fn is_dropped(said: &Said) -> bool {
    let drops =
        ["kex_exchange_identification", "Connection reset", "Connection closed by", "banner exchange"];
    let is_in = said.log.lines().any(|line| line.starts_with("Authenticated to "));
    !is_in && said.output.is_empty() && drops.iter().any(|drop| said.complaint.contains(drop))
}

/// What tells our answer from whatever else a node prints.
fn nonce() -> Result<String, String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| format!("there are no random bytes: {error}"))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
}

#[cfg(test)]
mod tests {
    use super::{complaint, sshd_of};
    use crate::openssh::OpenSshVersion;

    #[test]
    fn the_version_of_a_server_is_told_by_the_log() {
        let log = |server: &str| {
            format!("debug1: Remote protocol version 2.0, remote software version {server}\r\n")
        };
        assert_eq!(sshd_of(&log("OpenSSH_8.4p1 Debian-5")), Some(OpenSshVersion::new(8, 4)));
        for other in ["dropbear_2022.83", "Go", "x OpenSSH_9.2", "OpenSSH_"] {
            assert_eq!(sshd_of(&log(other)), None, "{other}");
        }
        assert_eq!(sshd_of("debug1: mux_client_request_session: master session id: 2\n"), None);
    }

    #[test]
    fn a_complaint_is_the_last_word_or_what_to_do_about_a_host_key() {
        let log = "debug1: Connecting\nssh: connect to host a port 22: Connection refused\n";
        assert_eq!(complaint(log, ""), "ssh: connect to host a port 22: Connection refused");
        assert_eq!(complaint("debug1: x\n", "sh: not found\n\n"), "sh: not found");
        let unknown = "No ED25519 host key is known for a.\nHost key verification failed.\r\n";
        assert!(complaint(unknown, "").starts_with("its host key is not known: log in once"));
        let warning = "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n";
        assert!(complaint(warning, "").starts_with("its host key is another than before"));
    }
}
