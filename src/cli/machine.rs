//! This machine, as sources of credentials see it.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::environment::variable;
use super::interrupt::SystemClock;
use crate::cloud::{Machine, Printed};
use crate::process::running;
use crate::state::Clock;

/// How long a program may take: somebody may have to type a code of a second factor into it.
const LONGEST: Duration = Duration::from_mins(2);
/// How often it is looked whether it has ended.
const TICK: Duration = Duration::from_millis(10);
/// Most bytes of a file, and of what a program prints.
const MOST: u64 = 1 << 20;
/// Most bytes of a program's last words.
const LAST_WORDS: usize = 300;

#[derive(Clone, Copy, Debug)]
pub(super) struct SystemMachine;

impl Machine for SystemMachine {
    fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }

    fn home(&self) -> Option<Utf8PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        variable(name).map(Utf8PathBuf::from)
    }

    fn now(&self) -> Timestamp {
        Clock::now(&SystemClock)
    }

    #[expect(clippy::disallowed_methods, reason = "credentials are in files of the user")]
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        all_of(&mut std::fs::File::open(path)?)
    }

    fn run(&self, program: &str, args: &[&str]) -> io::Result<Printed> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = running::start(&mut command)?;
        let out = child.stdout.take().map(|mut pipe| thread::spawn(move || all_of(&mut pipe)));
        let err = child.stderr.take().map(|mut pipe| thread::spawn(move || all_of(&mut pipe)));
        let ended = wait(&mut child);
        if ended.is_err() {
            running::kill(child.id());
            let _ = child.kill().and_then(|()| child.wait());
        }
        running::has_ended(&child);
        let is_success = ended?;
        let [out, err] = [out, err].map(|pipe| {
            let none = || Ok(Vec::new());
            pipe.map_or_else(none, |pipe| pipe.join().unwrap_or_else(|_| none()))
        });
        Ok(Printed { is_success, out: out?, err: last_words(&err?) })
    }
}

/// Whether a program has ended well.
fn wait(child: &mut Child) -> io::Result<bool> {
    let start = SystemClock.monotonic();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if SystemClock.monotonic().saturating_sub(start) > LONGEST {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(TICK);
    }
}

/// All that can be read, which has a limit.
fn all_of(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// The last line that says what is wrong: the last one of all may be the end of an advice.
fn last_words(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let last = lines.clone().next().unwrap_or_default();
    let line = lines.find(|line| line.to_ascii_lowercase().starts_with("error")).unwrap_or(last);
    line.chars().take(LAST_WORDS).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_run_without_input_and_its_last_words_are_kept() {
        let run = |line| SystemMachine.run("sh", &["-c", line]).unwrap();
        let printed = run("read x; echo out; echo first >&2; echo last >&2; echo >&2; exit 3");
        assert_eq!(printed, Printed { is_success: false, out: b"out\n".to_vec(), err: "last".into() });
        let advised = run("echo ERROR: nobody is logged in. >&2; echo >&2; echo 'to log in.' >&2; exit 1");
        assert_eq!(advised.err, "ERROR: nobody is logged in.");
        assert!(run("exit 0").is_success);
        assert_eq!(SystemMachine.run("/nonexistent", &[]).unwrap_err().kind(), io::ErrorKind::NotFound);
        let much = SystemMachine.run("sh", &["-c", "head -c 2000000 /dev/zero"]);
        assert_eq!(much.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
