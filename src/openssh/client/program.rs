//! The program `ssh`: which configuration it reads, what every run of it is told, and what its failures mean.
#![expect(clippy::disallowed_methods, reason = "ssh is run here, with files that hold public keys")]

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use data_encoding::HEXLOWER;

use super::destination::Destination;
use super::log::{HostKeyError, SshLog};
use super::process::{Ended, Process};
use super::settings::{Settings, in_shell};
use crate::openssh::PublicKey;
use crate::process::running;

/// The most that `ssh -G`, or a login that was asked nothing, may print, in bytes.
pub(super) const MOST_PRINTED: usize = 1 << 20;
/// The most jump hosts on the way to a node.
const MOST_HOPS: usize = 16;
/// What every run of ssh that connects is told.
pub(super) const FIXED: [&str; 4] =
    ["BatchMode=yes", "FingerprintHash=sha256", "UpdateHostKeys=no", "NumberOfPasswordPrompts=0"];

/// Why no ssh can be run.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("there is no `ssh` on your PATH")]
    NoSsh,
    #[error("`ssh -G` does not work: keyplan needs OpenSSH 7.7 or later")]
    NotOpenSsh,
    #[error("cannot write to a temporary folder: {0}")]
    Folder(#[source] io::Error),
}

/// Why a server did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    /// The host key is not the known one, or was revoked.
    #[error("its host key is another than before: find out why, and then correct `known_hosts`")]
    HostKeyChanged,
    #[error("its host key is not known: log in once by hand, or add it to `known_hosts`")]
    HostKeyUnknown,
    #[error("{0}")]
    Unreachable(String),
    /// It took none of the keys that it was offered.
    #[error("{0}")]
    Denied(String),
    /// The ssh here cannot ask it.
    #[error("{0}")]
    CannotAsk(String),
    #[error("interrupted")]
    Interrupted,
}

/// What becomes of a host key that is not known. One that has changed is refused always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownHosts {
    Refuse,
    Remember,
    /// It is remembered where the user's configuration does not ask.
    AsConfigured,
}

/// When whatever is asked of a server has to be over.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    deadline: Instant,
    time: Duration,
    goes_on: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Limits<'a> {
    /// From now on for so long, and as long as `goes_on` says so.
    #[must_use]
    pub fn new(time: Duration, goes_on: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { deadline: Instant::now() + time, time, goes_on }
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// The user's ssh.
#[derive(Debug)]
pub struct Client {
    config: Option<Utf8PathBuf>,
    unknown_hosts: UnknownHosts,
    connect_timeout: Duration,
    defaults: OnceLock<Settings>,
    settings: Mutex<BTreeMap<Destination, Arc<Settings>>>,
    folder: tempfile::TempDir,
    runs: AtomicU64,
}

impl Client {
    /// The user's ssh, with this file in place of their configuration if one is given.
    ///
    /// # Errors
    /// When there is no room for the files that it writes.
    pub fn new(
        config: Option<Utf8PathBuf>,
        unknown_hosts: UnknownHosts,
        connect_timeout: Duration,
    ) -> Result<Self, SetupError> {
        let folder = tempfile::Builder::new().prefix("keyplan-ssh-").tempdir().map_err(SetupError::Folder)?;
        running::add_folder(folder.path());
        Ok(Self {
            config,
            unknown_hosts,
            connect_timeout,
            defaults: OnceLock::new(),
            settings: Mutex::default(),
            folder,
            runs: AtomicU64::new(0),
        })
    }

    /// Looks whether there is an ssh that can be used.
    ///
    /// # Errors
    /// When there is none.
    pub fn check(&self) -> Result<(), SetupError> {
        self.defaults().map(drop)
    }

    /// What ssh does without any configuration.
    pub(super) fn defaults(&self) -> Result<&Settings, SetupError> {
        if let Some(defaults) = self.defaults.get() {
            return Ok(defaults);
        }
        let output = ssh().args(["-F", "/dev/null", "-G", "--", "localhost"]).stdin(Stdio::null()).output();
        let output = output.map_err(|_| SetupError::NoSsh)?;
        let defaults = Settings::read(&String::from_utf8_lossy(&output.stdout));
        if !output.status.success() || !defaults.is_of_ssh() {
            return Err(SetupError::NotOpenSsh);
        }
        Ok(self.defaults.get_or_init(|| defaults))
    }

    /// What the user's configuration says of a destination. It is read once.
    pub(super) fn settings(&self, to: &Destination, limits: &Limits<'_>) -> Result<Arc<Settings>, SshError> {
        let known = || self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = known().get(to) {
            return Ok(Arc::clone(settings));
        }
        let cannot = |why: &str| SshError::CannotAsk(format!("{why}; `ssh -G {}` tells more", to.host));
        let mut process = self.start(false, "", |command| {
            // Without a command, some settings would be errors.
            self.configure(command).args(["-G", "-T", "-o", "RemoteCommand=none"]);
            command.args(to.arguments()).arg(":");
        })?;
        match process.listen_for(limits, MOST_PRINTED, &|_, _| false)? {
            Ended::Interrupted => return Err(SshError::Interrupted),
            Ended::TimedOut | Ended::TooMuch => {
                return Err(cannot("ssh takes too long to read its configuration"));
            }
            Ended::ByItself(false) => return Err(cannot("ssh cannot read its configuration")),
            Ended::ByItself(true) | Ended::Enough => {}
        }
        let settings = Arc::new(Settings::read(&String::from_utf8_lossy(&process.output)));
        known().insert(to.clone(), Arc::clone(&settings));
        Ok(settings)
    }

    /// Who logs in at a destination, by the user's configuration.
    ///
    /// # Errors
    /// When ssh cannot say so.
    pub fn login_user(&self, to: &Destination, limits: &Limits<'_>) -> Result<String, SshError> {
        let user = self.settings(to, limits)?.user().map(str::to_owned);
        user.ok_or_else(|| SshError::CannotAsk(format!("`ssh -G {}` names no user", to.host)))
    }

    /// Names the user's configuration, where it is not ssh's own choice.
    pub(super) fn configure<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Some(config) = &self.config {
            command.args(["-F", config.as_str()]);
        }
        command
    }

    /// The value of `-o` that leads through jump hosts, where there are any. Each ssh on the way has all of the user's
    /// configuration, but for a host key that has changed: that is refused, whatever it says.
    pub(super) fn jump(&self, settings: &Settings, limits: &Limits<'_>) -> Result<Option<String>, SshError> {
        let config = self.config.as_ref().map(|config| format!(" -F {}", in_shell(config.as_str())));
        let config = config.unwrap_or_default();
        let through = |way: Option<String>, (hop, settings): (Destination, Arc<Settings>)| {
            let hosts = host_keys(settings.takes_unknown_hosts());
            let before = way.map(|way| format!(" -o {}", in_shell(&way))).unwrap_or_default();
            let to: Vec<_> = hop.arguments().iter().map(|word| in_shell(word)).collect();
            let command = format!("ssh{config} -o BatchMode=yes -o ControlMaster=no -o {hosts}{before}");
            Some(format!("ProxyCommand={command} -W '[%h]:%p' {}", to.join(" ")))
        };
        Ok(self.hops(settings, limits)?.into_iter().fold(None, through))
    }

    /// The jump hosts on the way to a destination, in their order. The first may be reached through others.
    fn hops(
        &self,
        settings: &Settings,
        limits: &Limits<'_>,
    ) -> Result<VecDeque<(Destination, Arc<Settings>)>, SshError> {
        let mut way: VecDeque<(Destination, Arc<Settings>)> = VecDeque::new();
        let mut before = settings.hops();
        while !before.is_empty() {
            for hop in before.iter().rev() {
                way.push_front((hop.clone(), self.settings(hop, limits)?));
            }
            if way.len() > MOST_HOPS {
                let hop = &way[0].0.host;
                return Err(SshError::CannotAsk(format!("`ProxyJump` leads round in a circle, by `{hop}`")));
            }
            before = way[0].1.hops();
        }
        Ok(way)
    }

    /// What every ssh that connects is told, as arguments.
    pub(super) fn fixed(&self, settings: &Settings) -> Vec<String> {
        let takes = match self.unknown_hosts {
            UnknownHosts::Refuse => false,
            UnknownHosts::Remember => true,
            UnknownHosts::AsConfigured => settings.takes_unknown_hosts(),
        };
        let timeout = format!("ConnectTimeout={}", self.connect_timeout.as_secs().max(1));
        let more = [host_keys(takes), timeout];
        let options = FIXED.into_iter().map(str::to_owned).chain(more);
        ["-v".to_owned(), "-T".to_owned()].into_iter().chain(as_arguments(options)).collect()
    }

    /// Starts ssh with the arguments that `arguments` adds. It repeats `echo` in its log.
    pub(super) fn start(
        &self,
        has_input: bool,
        echo: &str,
        arguments: impl FnOnce(&mut Command),
    ) -> Result<Process, SshError> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let file = |kind: &str| self.folder.path().join(format!("{number}.{kind}"));
        let mut command = ssh();
        command.arg("-E").arg(file("log"));
        arguments(&mut command);
        Process::start(&mut command, (file("log"), file("err")), has_input, echo)
            .map_err(|error| cannot_run(&error))
    }

    /// The file with a public key. There is no private one beside it.
    pub(super) fn public_file(&self, key: &PublicKey) -> io::Result<PathBuf> {
        let path = self.folder.path().join(HEXLOWER.encode(key.fingerprint().as_bytes()));
        if !path.exists() {
            // Under a name of its own first: others may want the same key.
            let file = tempfile::NamedTempFile::new_in(self.folder.path())?;
            fs::write(file.path(), format!("{}\n", key.line()))?;
            file.persist(&path).map_err(|error| error.error)?;
        }
        Ok(path)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        running::remove_folder(self.folder.path());
    }
}

impl Process {
    pub(super) fn listen_for(
        &mut self,
        limits: &Limits<'_>,
        most: usize,
        is_enough: &dyn Fn(&[u8], &SshLog) -> bool,
    ) -> Result<Ended, SshError> {
        self.listen(limits.deadline, most, limits.goes_on, is_enough).map_err(|error| cannot_run(&error))
    }

    /// Why an ssh that ended in this way did not bring what was asked; nothing where it may have.
    pub(super) fn error(&self, ended: Ended, limits: &Limits<'_>) -> Option<SshError> {
        match (self.log.host_key, ended) {
            (Some(HostKeyError::Changed), _) => Some(SshError::HostKeyChanged),
            (Some(HostKeyError::Unknown), _) => Some(SshError::HostKeyUnknown),
            (None, Ended::Interrupted) => Some(SshError::Interrupted),
            (None, Ended::TimedOut) => {
                let seconds = limits.time.as_secs();
                Some(SshError::Unreachable(format!("no answer within {seconds} s")))
            }
            (None, Ended::TooMuch) => Some(SshError::Unreachable("the node prints without end".into())),
            (None, Ended::ByItself(_) | Ended::Enough) if !self.log.is_reached() => {
                let words = self.last_words();
                Some(SshError::Unreachable(words.unwrap_or_else(|| "ssh says nothing".into())))
            }
            (None, Ended::ByItself(_) | Ended::Enough) => None,
        }
    }
}

/// What becomes of host keys. Without this, one that has changed could be taken.
fn host_keys(takes_unknown: bool) -> String {
    format!("StrictHostKeyChecking={}", if takes_unknown { "accept-new" } else { "yes" })
}

/// Options as arguments.
pub(super) fn as_arguments(options: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    options.into_iter().flat_map(|option| ["-o".to_owned(), option])
}

/// ssh in the language of this program.
fn ssh() -> Command {
    let mut command = Command::new("ssh");
    command.env("LC_ALL", "C").env("SSH_ASKPASS_REQUIRE", "never");
    command
}

fn cannot_run(error: &io::Error) -> SshError {
    SshError::CannotAsk(match error.kind() {
        ErrorKind::NotFound => "there is no program `ssh`".into(),
        kind => format!("`ssh` cannot be run: {kind}"),
    })
}
