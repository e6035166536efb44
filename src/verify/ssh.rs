//! Runs the user's ssh, and hears what it says. Every value is an argument of its own.
#![expect(clippy::disallowed_methods, reason = "ssh is run here, with files that hold the public keys")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::settings::{Settings, in_shell};
use super::ssh_log::{HostKeyError, SshLog};
use super::verdict::{ProbeError, Verdict, verdict};
use super::{KnownKey, Probe};
use crate::model::{DEFAULT_PORT, NodeAddress};
use crate::openssh::client::{Ended, Folder, Run, Said};
use crate::openssh::{Fingerprint, PublicKey};

/// How many keys are asked on one connection: a server ends it at the sixth that it refuses, and answers
/// for five.
const KEYS: usize = 5;
/// How many connections a node is asked on: each counts, where sshd punishes who is refused often.
const CONNECTIONS: usize = 2;
/// The most that `ssh -G` may print, in bytes.
const MAX_SAID: usize = 1 << 20;

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProbeSetupError {
    /// There is no ssh.
    #[error("there is no `ssh` on your PATH")]
    NoSsh,
    /// There is one, and it does not say what it would do.
    #[error("`ssh -G` does not work: keyplan needs OpenSSH 7.7 or later")]
    NotOpenSsh,
    /// The files of public keys cannot be written.
    #[error("cannot write public keys to a temporary folder: {0}")]
    Folder(#[source] io::Error),
}

/// The user's ssh.
#[derive(Debug)]
pub struct Client {
    config: Option<Utf8PathBuf>,
    accept_new: bool,
    timeout: Duration,
    canary: PublicKey,
    defaults: Settings,
    folder: Folder,
}

/// One node's turn.
struct ProbeSession<'a> {
    probe: &'a Probe,
    goes_on: &'a dyn Fn() -> bool,
    start: Instant,
}

/// What was heard of a node on all connections.
#[derive(Default)]
struct Heard {
    answers: BTreeMap<Fingerprint, bool>,
    is_open: bool,
}

impl Client {
    /// The user's ssh, with this file in place of their configuration if one is given. Host keys that are
    /// not known are refused, or remembered if they are to be accepted. A node has so long for all that it
    /// is asked.
    ///
    /// # Errors
    /// When there is no ssh that can be used.
    pub fn new(
        config: Option<&Utf8Path>,
        accept_new: bool,
        timeout: Duration,
        canary: PublicKey,
    ) -> Result<Self, ProbeSetupError> {
        let output = ssh().args(["-F", "/dev/null", "-G", "--", "localhost"]).stdin(Stdio::null()).output();
        let output = output.map_err(|_| ProbeSetupError::NoSsh)?;
        let defaults = Settings::read(&String::from_utf8_lossy(&output.stdout));
        if !output.status.success() || !defaults.is_of_ssh() {
            return Err(ProbeSetupError::NotOpenSsh);
        }
        let folder = Folder::new().map_err(ProbeSetupError::Folder)?;
        let config = config.map(Utf8Path::to_owned);
        Ok(Self { config, accept_new, timeout, canary, defaults, folder })
    }

    /// Asks a node.
    pub(super) fn ask(&self, probe: &Probe, goes_on: &dyn Fn() -> bool) -> Verdict {
        let turn = ProbeSession { probe, goes_on, start: Instant::now() };
        let mut heard = Heard::default();
        let asked = self.settings(&turn).and_then(|options| self.ask_with(&options, &turn, &mut heard));
        let error = asked.err();
        verdict(probe, &self.canary, heard.is_open, heard.answers, error)
    }

    /// Asks a node on as many connections as it takes and may take. The obstacle is what keeps it from
    /// answering.
    fn ask_with(
        &self,
        options: &[String],
        turn: &ProbeSession<'_>,
        heard: &mut Heard,
    ) -> Result<(), ProbeError> {
        for _ in 0..CONNECTIONS {
            let keys = self.unanswered(turn.probe, &heard.answers);
            if keys.is_empty() || heard.is_open {
                break;
            }
            let (ssh_log, ended) = self
                .connect(turn, options, &keys)
                .map_err(|error| ProbeError::CannotAsk(format!("ssh cannot be run: {error}")))?;
            heard.is_open = ssh_log.is_open;
            if ssh_log.takes_no_keys() {
                heard.answers.extend(keys.iter().map(|key| (*key.fingerprint(), false)));
            }
            let error = self.error(&ssh_log, ended);
            let is_silent = ssh_log.answers.is_empty() && !ssh_log.takes_no_keys();
            let last_words = ssh_log.last_words();
            heard.answers.extend(ssh_log.answers);
            match error {
                Some(error) => return Err(error),
                // What one connection did not bring, another will not.
                None if is_silent && !heard.is_open => {
                    return last_words.map_or(Ok(()), |words| Err(ProbeError::CannotAsk(words)));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The keys to ask next: the declared one, the one that nobody has, then earlier ones.
    fn unanswered<'a, T>(
        &'a self,
        probe: &'a Probe,
        answers: &BTreeMap<Fingerprint, T>,
    ) -> Vec<&'a PublicKey> {
        let key = |known: &'a KnownKey| &known.key;
        let all = probe.declared.iter().map(key).chain([&self.canary]);
        let all = all.chain(probe.earlier.iter().map(key));
        all.filter(|key| !answers.contains_key(key.fingerprint())).take(KEYS).collect()
    }

    /// What the user's configuration says of a node, as options.
    fn settings(&self, turn: &ProbeSession<'_>) -> Result<Vec<String>, ProbeError> {
        let host = &turn.probe.node.host;
        let cannot = |why: &str| ProbeError::CannotAsk(format!("{why}; `ssh -G {host}` tells more"));
        let said = self.run(turn, false, &mut |_| true, |command| {
            if let Some(config) = &self.config {
                command.args(["-F", config.as_str()]);
            }
            destination(command.arg("-G"), turn.probe);
        });
        let said = said.map_err(|error| cannot(&error.kind().to_string()))?;
        match said.ended {
            Ended::Interrupted => Err(ProbeError::Interrupted),
            Ended::TimedOut | Ended::TooMuch => Err(cannot("ssh takes too long to read its configuration")),
            Ended::ByItself(false) => Err(cannot("ssh cannot read its configuration")),
            Ended::ByItself(true) | Ended::Enough => {
                let config = self.config.as_ref().map(|config| format!(" -F {}", in_shell(config.as_str())));
                let jump = format!("ssh{} -o BatchMode=yes", config.unwrap_or_default());
                let text = String::from_utf8_lossy(&said.output);
                Ok(Settings::read(&text).carried(&self.defaults, &jump))
            }
        }
    }

    /// One ssh, for what is left of a node's time.
    fn run(
        &self,
        turn: &ProbeSession<'_>,
        logs: bool,
        hear: &mut dyn FnMut(&str) -> bool,
        arguments: impl FnOnce(&mut Command),
    ) -> io::Result<Said> {
        let time = self.timeout.saturating_sub(turn.start.elapsed());
        let mut run = Run { input: b"", time, most: MAX_SAID, logs, hear, goes_on: turn.goes_on };
        self.folder.run(&mut run, |command| arguments(command.env("LC_ALL", "C")))
    }

    /// Asks a node for keys on one connection.
    fn connect(
        &self,
        turn: &ProbeSession<'_>,
        options: &[String],
        keys: &[&PublicKey],
    ) -> io::Result<(SshLog, Ended)> {
        let timeout = format!("ConnectTimeout={}", self.timeout.as_secs().max(1));
        let hosts = format!("StrictHostKeyChecking={}", if self.accept_new { "accept-new" } else { "yes" });
        let ours = [
            "BatchMode=yes",
            "PreferredAuthentications=publickey",
            "PubkeyAuthentication=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "PKCS11Provider=none",
            "NumberOfPasswordPrompts=0",
            "ControlMaster=no",
            "ControlPath=none",
            "UpdateHostKeys=no",
            "FingerprintHash=sha256",
            "LogLevel=DEBUG1",
            &timeout,
            &hosts,
        ];
        let files = keys.iter().map(|key| self.file(key)).collect::<io::Result<Vec<_>>>()?;
        let mut ssh_log = SshLog::default();
        let mut hear = |line: &str| {
            ssh_log.line(line);
            !ssh_log.is_open && ssh_log.answers.len() < keys.len()
        };
        let said = self.run(turn, true, &mut hear, |command| {
            // Without a command and without a terminal: also where a node lets in, nothing is run.
            command.args(["-v", "-N", "-T", "-F", "/dev/null"]);
            let all = ours.into_iter().chain(options.iter().map(String::as_str));
            command.args(all.flat_map(|option| ["-o", option]));
            command.args(files.iter().flat_map(|file| [OsStr::new("-i"), file.as_os_str()]));
            destination(command, turn.probe);
        })?;
        ssh_log.beside(&said.errors);
        Ok((ssh_log, said.ended))
    }

    /// The file with a public key. There is no private one beside it.
    fn file(&self, key: &PublicKey) -> io::Result<std::path::PathBuf> {
        let digits = key.fingerprint().as_bytes().iter().map(|byte| format!("{byte:02x}"));
        let path = self.folder.path().join(digits.collect::<String>());
        if !path.exists() {
            // Under a name of its own first: others may want the same key.
            let file = tempfile::NamedTempFile::new_in(self.folder.path())?;
            fs::write(file.path(), format!("{}\n", key.line()))?;
            file.persist(&path).map_err(|error| error.error)?;
        }
        Ok(path)
    }

    /// What kept a node from answering to the end.
    fn error(&self, ssh_log: &SshLog, ended: Ended) -> Option<ProbeError> {
        match (ssh_log.host_key, ended) {
            (Some(HostKeyError::Changed), _) => Some(ProbeError::HostKeyChanged),
            (Some(HostKeyError::Unknown), _) => Some(ProbeError::HostKeyUnknown),
            (None, Ended::Interrupted) => Some(ProbeError::Interrupted),
            (None, Ended::TimedOut) => {
                let seconds = self.timeout.as_secs();
                Some(ProbeError::Unreachable(format!("no answer within {seconds} s")))
            }
            (None, Ended::TooMuch) => Some(ProbeError::Unreachable("it says more than is heard".into())),
            (None, Ended::ByItself(_) | Ended::Enough) if !ssh_log.is_reached() => {
                let words = ssh_log.last_words();
                Some(ProbeError::Unreachable(words.unwrap_or_else(|| "ssh says nothing".into())))
            }
            (None, Ended::ByItself(_) | Ended::Enough) => None,
        }
    }
}

/// ssh in the language of this program.
fn ssh() -> Command {
    let mut command = Command::new("ssh");
    command.env("LC_ALL", "C").env("SSH_ASKPASS_REQUIRE", "never").stdin(Stdio::null());
    command
}

/// To whom it is to go. A host never begins with a hyphen, and could not be taken for an option anyway.
fn destination<'a>(command: &'a mut Command, probe: &Probe) -> &'a mut Command {
    let NodeAddress { host, port } = &probe.node;
    // Without one, the port is what the user's configuration says.
    if *port != DEFAULT_PORT {
        command.args(["-p", &port.to_string()]);
    }
    command.arg("-l").arg(OsStr::new(&*probe.user)).args(["--", host])
}
