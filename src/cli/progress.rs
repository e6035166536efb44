//! How far a check has come, on a terminal: one line that is overwritten, and gone before anything else is
//! printed. It comes only when the work takes long.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::check::progress::CheckProgress;

/// Work that takes less is not told of.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line is drawn.
const EACH: Duration = Duration::from_millis(100);

/// Does some work, and where that is wanted tells on standard error what `line` says of it.
pub(super) fn watched<T>(wanted: bool, line: impl Fn() -> String + Send, work: impl FnOnce() -> T) -> T {
    if !wanted {
        return work();
    }
    thread::scope(|scope| {
        let (working, ended) = mpsc::channel::<()>();
        scope.spawn(move || watch(&line, |wait| goes_on(&ended, wait), &mut io::stderr()));
        let done = work();
        // Ends the watch; so does a panic. The scope waits until the line is gone.
        drop(working);
        done
    })
}

/// Waits for the end of the work; whether it still goes on after that time.
fn goes_on(ended: &Receiver<()>, wait: Duration) -> bool {
    ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout)
}

fn watch(line: &impl Fn() -> String, mut goes_on: impl FnMut(Duration) -> bool, err: &mut dyn Write) {
    if !goes_on(PATIENCE) {
        return;
    }
    loop {
        draw(err, &line());
        if !goes_on(EACH) {
            return draw(err, "");
        }
    }
}

/// Puts a line in the place of the one before.
pub(super) fn draw(err: &mut dyn Write, line: &str) {
    // What cannot be shown is not worth stopping for.
    let _ = write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush());
}

pub(super) fn of_check(progress: &CheckProgress) -> String {
    let tallies = [("reading files", &progress.files), ("checking keys", &progress.keys)];
    let under_way = tallies.into_iter().find_map(|(doing, tally)| Some((doing, tally.under_way()?)));
    match under_way {
        // How much of a single large file is left is not known.
        Some((doing, (0, 1))) => doing.into(),
        Some((doing, (done, of))) => so_far(doing, done, of),
        None => "checking the workspace".into(),
    }
}

/// How many of how many are done, in words.
pub(super) fn so_far(doing: &str, done: usize, of: usize) -> String {
    format!("{doing}: {done} of {of}")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use camino::Utf8Path;
    use jiff::civil::date;

    use super::{EACH, PATIENCE, of_check, watch, watched};
    use crate::check::progress::CheckProgress;
    use crate::check::proofs::Proofs;
    use crate::check::validate_with;
    use crate::source::walk::{Files, Texts, Unreadable, Walked};

    /// What is written while the work goes on for so many waits, and how long it was waited each time.
    fn shown(waits: usize) -> (String, Vec<Duration>) {
        let (mut written, mut waited) = (Vec::new(), Vec::new());
        let line = Cell::new(0);
        let next = || {
            line.set(line.get() + 1);
            format!("line {}", line.get())
        };
        let goes_on = |wait| {
            waited.push(wait);
            waited.len() <= waits
        };
        watch(&next, goes_on, &mut written);
        (String::from_utf8(written).unwrap(), waited)
    }

    #[test]
    fn short_work_is_not_told_of() {
        assert_eq!(shown(0), (String::new(), vec![PATIENCE]));
    }

    #[test]
    fn a_line_replaces_the_one_before_and_the_last_is_erased() {
        let (written, waited) = shown(2);
        assert_eq!(written, "\r\x1b[2Kline 1\r\x1b[2Kline 2\r\x1b[2K");
        assert_eq!(waited, [PATIENCE, EACH, EACH]);
    }

    #[test]
    fn work_that_is_watched_comes_to_the_same() {
        assert_eq!(watched(false, || unreachable!("nothing is told"), || 42), 42);
        assert_eq!(watched(true, String::new, || 42), 42);
    }

    /// Looks at the progress of a check whenever it reads.
    struct Nosy<'a> {
        texts: Texts,
        progress: &'a CheckProgress,
    }

    impl Files for Nosy<'_> {
        fn list(&self) -> std::io::Result<Walked> {
            assert_eq!(of_check(self.progress), "checking the workspace");
            self.texts.list()
        }

        fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
            assert_eq!(of_check(self.progress), "reading files");
            self.texts.read(path)
        }

        fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
            assert_eq!(of_check(self.progress), "checking keys: 0 of 2");
            self.texts.read(path)
        }
    }

    #[test]
    fn a_check_tells_what_it_is_about() {
        let key = |name: &str| {
            format!(
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: p}}\n\
                 spec: {{publicKeyFile: {name}.pub}}\n"
            )
        };
        let yaml = [key("a"), key("b")].concat().into_bytes();
        let texts = Texts([("a.yaml".into(), yaml)].into());
        let progress = CheckProgress::default();
        let files = Nosy { texts, progress: &progress };
        let validated = validate_with(&files, date(2026, 11, 22), &Proofs::default(), &progress).unwrap();
        assert_eq!(validated.counts.keys, 2);
        assert_eq!(of_check(&progress), "checking the workspace");
    }
}
