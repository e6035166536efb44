//! Nodes over the user's own `ssh`: its configuration, agent, jump hosts and known hosts.
//!
//! What runs on a node is one constant script; hosts and users are arguments of their own, and the model has
//! checked them. ssh says what it does to a file of its own, so that what a node prints is never taken for it,
//! and so that a connection that stays open for others keeps nothing of ours open.
#![expect(clippy::disallowed_methods, reason = "reads what `ssh` writes to our own temporary files")]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::desired::Login;
use super::nodes::{Found, Nodes, Replaced};
use super::own_key::{accepts, own_key};
use super::script::{self, Answer, MOST};
use crate::model::{DEFAULT_PORT, PublicKey};

/// How often a connection that a node dropped before it let us in is tried again.
const RETRIES: u32 = 2;
/// The most of a log of ssh that is read, in bytes.
const MOST_LOG: u64 = 1 << 20;
/// What a shell may print besides our answer, in bytes.
const MOST_BANNER: usize = 1 << 20;

/// The program `ssh`.
#[derive(Debug)]
pub(super) struct Remote {
    folder: tempfile::TempDir,
    timeout: u32,
    calls: AtomicU64,
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
        let folder = tempfile::Builder::new().prefix("keyplan-ssh-").tempdir()?;
        Ok(Self { folder, timeout, calls: AtomicU64::new(0) })
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
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let log = self.folder.path().join(format!("{call}.log"));
        let complaints = self.folder.path().join(format!("{call}.err"));
        let said = self.run(login, input, options, &log, &complaints);
        let complaint = |log: &str| complaint(log, &read_text(&complaints));
        let said = match said {
            Ok(output) => {
                let log = read_text(&log);
                let complaint = complaint(&log);
                Ok(Said { output, log, complaint })
            }
            Err(why) => Err(why),
        };
        for file in [log, complaints] {
            // What stays goes with the folder.
            let _ = fs::remove_file(file);
        }
        said
    }

    fn run(
        &self,
        login: &Login,
        input: &[u8],
        options: &[String],
        log: &Path,
        complaints: &Path,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => "there is no program `ssh`".to_owned(),
            kind => format!("`ssh` cannot be run: {kind}"),
        };
        let errors = File::create(complaints).map_err(failed)?;
        let mut command = Command::new("ssh");
        command.args(["-T", "-v", "-E"]).arg(log).args(self.fixed()).args(options);
        command.args(["-l", &login.user]);
        // Without one, the port is what the user's configuration says.
        if login.node.port != DEFAULT_PORT {
            command.args(["-p", &login.node.port.to_string()]);
        }
        command.args(["--", &login.node.host]).arg(script::command());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        in_background(&mut command);
        let mut child = command.spawn().map_err(failed)?;
        // Whoever is asked for three things in a row may take the time for each.
        let patience = Duration::from_secs(u64::from(self.timeout) * 3);
        let output = converse(&mut child, input, patience);
        // One that has ended is not killed by this, and one that has not must not stay.
        if output.is_err() {
            let _ = child.kill();
        }
        child.wait().map_err(failed)?;
        output.map_err(|why| match why {
            Silence::TimedOut => format!("no answer within {} s", patience.as_secs()),
            Silence::TooMuch => "the node prints without end".into(),
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
    ) -> Result<(Answer, String), String> {
        let said = self.ask(login, input, options)?;
        match script::answer(&said.output, nonce, sent) {
            Some(Answer::Refused(why)) if said.complaint.is_empty() => Err(why),
            Some(Answer::Refused(why)) => Err(format!("{why} ({})", said.complaint)),
            Some(Answer::Busy) => Err("another keyplan is at work on the node".into()),
            Some(answer) => Ok((answer, said.log)),
            None if said.complaint.is_empty() => Err("the node did not answer, or not in full".into()),
            None => Err(said.complaint),
        }
    }
}

impl Nodes for Remote {
    fn observe(&self, login: &Login, anew: bool) -> Result<Found, String> {
        let nonce = nonce()?;
        let options = if anew { own_connection() } else { Vec::new() };
        let (answer, log) = self.answered(login, &script::observe(&nonce), &options, (&nonce, None))?;
        let file = match answer {
            Answer::Absent => None,
            Answer::File(bytes) => Some(bytes),
            Answer::Done | Answer::Changed | Answer::Busy | Answer::Refused(_) => {
                return Err("the node did not answer what it was asked".into());
            }
        };
        Ok(Found { file, own_key: own_key(&log) })
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

/// A process that Ctrl-C on the terminal does not reach: what is in flight is finished.
#[cfg(unix)]
fn in_background(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn in_background(_: &mut Command) {}

/// Why nothing came of a conversation.
enum Silence {
    TimedOut,
    TooMuch,
}

/// Sends the input, and reads the output until it ends.
fn converse(child: &mut Child, input: &[u8], patience: Duration) -> Result<Vec<u8>, Silence> {
    let most = MOST + MOST_BANNER;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Silence::TimedOut);
    };
    let input = input.to_vec();
    let (sends, receives) = channel();
    // Neither thread outlasts the process, whose end closes both pipes.
    std::thread::spawn(move || {
        // A node that refuses does not read on; its answer says so.
        let _ = stdin.write_all(&input);
    });
    std::thread::spawn(move || {
        let mut output = Vec::new();
        let _ = stdout.take(most as u64 + 1).read_to_end(&mut output);
        let _ = sends.send(output);
    });
    let output = receives.recv_timeout(patience).map_err(|_| Silence::TimedOut)?;
    if output.len() > most { Err(Silence::TooMuch) } else { Ok(output) }
}

/// The beginning of a file that ssh wrote.
fn read_text(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What cannot be read is as good as not written.
        let _ = file.take(MOST_LOG).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The last thing that ssh or the node complains of.
fn complaint(log: &str, errors: &str) -> String {
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
