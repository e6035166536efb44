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

/// Whether a line of a log is one of the script, perhaps cut off: ssh logs what it runs.
#[must_use]
pub(super) fn is_line(line: &str) -> bool {
    SCRIPT.lines().any(|whole| whole.trim_start().starts_with(line))
}

/// Asks for the file.
#[must_use]
pub(super) fn observe(nonce: &str) -> Vec<u8> {
    format!("keyplan-1 {nonce} observe {MOST}\n").into_bytes()
}

/// Asks to replace the file, if it is still the old one.
#[must_use]
pub(super) fn change(nonce: &str, old: Option<&[u8]>, new: &[u8]) -> Vec<u8> {
    let old = old.map_or_else(|| "-".into(), cksum);
    let mut input = format!("keyplan-1 {nonce} change {old} {}\n", cksum(new)).into_bytes();
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
}

/// Finds the answer in what came from a node. Whatever its shell prints at login stands before it.
#[must_use]
pub(super) fn answer(output: &[u8], nonce: &str, sent: Option<&[u8]>) -> Option<Answer> {
    let mark = mark(nonce);
    let (words, rest) = words(output, &mark)?;
    match words.split_once(' ').unwrap_or((words, "")) {
        ("absent", _) => Some(Answer::Absent),
        ("file", words) => file(rest, words.split(' ').next()?, &mark),
        ("done", sum) if sent.is_some_and(|sent| cksum(sent) == sum) => Some(Answer::Done),
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
    format!("\nkeyplan-1 {nonce} ").into_bytes()
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
    let bytes = rest.get(..length)?;
    let end = [mark, b"end\n"].concat();
    (rest[length..].starts_with(&end) && cksum(bytes) == sum).then(|| Answer::File(bytes.to_vec()))
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
        "owner" => "`~/.ssh/authorized_keys` belongs to somebody else, and could not be given back to them",
        "incomplete" => "the new file could not be written whole: is the disk full?",
        _ => "the node refuses, and keyplan does not know why",
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the script is run on files")]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;
    use std::process::{Command, Output, Stdio};

    use super::{Answer, SCRIPT, answer, change, command, observe};

    const NONCE: &str = "0123456789abcdef";

    /// Every shell of this machine that a node may have as its `sh`.
    fn shells() -> Vec<Vec<&'static str>> {
        let all: [&[&str]; 5] = [&["sh"], &["dash"], &["bash", "--posix"], &["busybox", "sh"], &["ksh"]];
        let runs = |shell: &&[&str]| {
            let mut command = Command::new(shell[0]);
            command.args(&shell[1..]).args(["-c", ":"]).output().is_ok_and(|output| output.status.success())
        };
        all.into_iter().filter(runs).map(<[_]>::to_vec).collect()
    }

    /// Runs the script as a shell does, in a home.
    fn run(shell: &[&str], home: &Path, input: &[u8]) -> Output {
        run_after(shell, home, input, "")
    }

    /// Runs the script after something else, as a login does.
    fn run_after(shell: &[&str], home: &Path, input: &[u8], before: &str) -> Output {
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .args(["-c", &format!("{before}\n{}", command())])
            .env("HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that refuses does not read on.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn asked(shell: &[&str], home: &Path) -> Answer {
        let output = run(shell, home, &observe(NONCE));
        answer(&output.stdout, NONCE, None).unwrap_or_else(|| panic!("{output:?}"))
    }

    fn changed(shell: &[&str], home: &Path, old: Option<&[u8]>, new: &[u8]) -> Answer {
        let output = run(shell, home, &change(NONCE, old, new));
        answer(&output.stdout, NONCE, Some(new)).unwrap_or_else(|| panic!("{output:?}"))
    }

    /// A home with this file of authorized keys.
    fn home(keys: Option<&[u8]>) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        if let Some(keys) = keys {
            fs::create_dir(home.path().join(".ssh")).unwrap();
            fs::write(home.path().join(".ssh/authorized_keys"), keys).unwrap();
        }
        home
    }

    fn keys(home: &Path) -> Vec<u8> {
        fs::read(home.join(".ssh/authorized_keys")).unwrap()
    }

    fn names(home: &Path) -> Vec<String> {
        let entries = fs::read_dir(home.join(".ssh")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn the_script_survives_single_quotes() {
        assert!(SCRIPT.is_ascii() && !SCRIPT.contains('\'') && !SCRIPT.contains("\\\\"));
        assert!(SCRIPT.len() < 16 << 10);
    }

    #[test]
    fn a_file_is_observed_and_replaced() {
        const OLD: &[u8] = b"one\r\n\xff\xfe two\0 three";
        for shell in shells() {
            let home = home(Some(OLD));
            let home = home.path();
            let file = home.join(".ssh/authorized_keys");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
            assert_eq!(asked(&shell, home), Answer::File(OLD.to_vec()), "{shell:?}");
            assert_eq!(changed(&shell, home, Some(OLD), b"new\n"), Answer::Done, "{shell:?}");
            assert_eq!(keys(home), b"new\n");
            assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o440);
            assert_eq!(names(home), ["authorized_keys"]);
            assert_eq!(changed(&shell, home, Some(OLD), b"other\n"), Answer::Changed, "{shell:?}");
            assert_eq!(keys(home), b"new\n");
        }
    }

    #[test]
    fn the_first_file_is_made_for_its_user_alone() {
        for shell in shells() {
            let home = home(None);
            let home = home.path();
            assert_eq!(asked(&shell, home), Answer::Absent, "{shell:?}");
            assert_eq!(changed(&shell, home, None, b"new\n"), Answer::Done, "{shell:?}");
            let mode = |name: &str| fs::metadata(home.join(name)).unwrap().mode() & 0o7777;
            assert_eq!((mode(".ssh"), mode(".ssh/authorized_keys")), (0o700, 0o600));
            assert_eq!(changed(&shell, home, None, b"other\n"), Answer::Changed, "{shell:?}");
        }
    }

    #[test]
    fn ten_thousand_lines_and_a_banner_are_no_trouble() {
        let line = format!("ssh-rsa {} somebody\n", "A".repeat(400));
        let old = line.repeat(10_000).into_bytes();
        for shell in shells() {
            let home = home(Some(&old));
            let banner = "printf 'Welcome\\n\\nkeyplan-1 fedcba changed\\n'";
            let output = run_after(&shell, home.path(), &observe(NONCE), banner);
            assert_eq!(answer(&output.stdout, NONCE, None), Some(Answer::File(old.clone())), "{shell:?}");
            let new = [old.as_slice(), b"x\n"].concat();
            assert_eq!(changed(&shell, home.path(), Some(&old), &new), Answer::Done, "{shell:?}");
            assert!(keys(home.path()) == new);
        }
    }

    #[test]
    fn links_and_what_is_no_file_are_refused() {
        for shell in shells() {
            let elsewhere = home(Some(b"theirs\n"));
            let refused = |home: &Path| match (asked(&shell, home), changed(&shell, home, None, b"x\n")) {
                (Answer::Refused(one), Answer::Refused(other)) if one == other => one,
                answers => panic!("{shell:?}: {answers:?}"),
            };
            let linked = home(None);
            symlink(elsewhere.path().join(".ssh"), linked.path().join(".ssh")).unwrap();
            assert!(refused(linked.path()).contains("`~/.ssh` is a link"));
            let linked = home(Some(b""));
            fs::remove_file(linked.path().join(".ssh/authorized_keys")).unwrap();
            symlink(
                elsewhere.path().join(".ssh/authorized_keys"),
                linked.path().join(".ssh/authorized_keys"),
            )
            .unwrap();
            assert!(refused(linked.path()).contains("authorized_keys` is a link"));
            let folder = home(None);
            fs::create_dir_all(folder.path().join(".ssh/authorized_keys")).unwrap();
            assert!(refused(folder.path()).contains("is not a file"));
            let file = home(None);
            fs::write(file.path().join(".ssh"), "").unwrap();
            assert!(refused(file.path()).contains("is not a folder"));
            assert!(refused(Path::new("/nonexistent")).contains("no home"));
            assert_eq!(keys(elsewhere.path()), b"theirs\n");
        }
    }

    #[test]
    fn what_does_not_arrive_whole_changes_nothing() {
        for shell in shells() {
            let home = home(Some(b"old\n"));
            let whole = change(NONCE, Some(b"old\n"), &[b'x'; 5_000]);
            for length in 0..70 {
                run(&shell, home.path(), &whole[..length]);
                assert_eq!(keys(home.path()), b"old\n", "{shell:?} {length}");
            }
            let output = run(&shell, home.path(), &whole[..4_000]);
            let refused = answer(&output.stdout, NONCE, None);
            assert!(matches!(refused, Some(Answer::Refused(why)) if why.contains("whole")), "{shell:?}");
            // A disk that takes no more: files of at most one block.
            let output = run_after(&shell, home.path(), &whole, "trap '' XFSZ; ulimit -f 1");
            let refused = answer(&output.stdout, NONCE, None);
            assert!(matches!(refused, Some(Answer::Refused(why)) if why.contains("disk")), "{shell:?}");
            assert_eq!(keys(home.path()), b"old\n");
            assert_eq!(names(home.path()), ["authorized_keys"]);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_refused() {
        for shell in shells() {
            let home = home(Some(b"old\n"));
            let folder = home.path().join(".ssh");
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
            // Root may write anywhere.
            if fs::write(folder.join("probe"), "").is_ok() {
                return;
            }
            let answer = changed(&shell, home.path(), Some(b"old\n"), b"new\n");
            assert!(matches!(answer, Answer::Refused(why) if why.contains("cannot be written to")));
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
            assert_eq!(keys(home.path()), b"old\n");
        }
    }

    #[test]
    fn of_many_at_once_one_succeeds() {
        for shell in shells() {
            let home = home(Some(b"old\n"));
            let news: Vec<_> = (0..8).map(|number| format!("new {number}\n").into_bytes()).collect();
            let answers: Vec<_> = std::thread::scope(|scope| {
                let one = |new: &'_ Vec<u8>| {
                    let nonce = format!("{:x}", cksum_number(new));
                    let output = run(&shell, home.path(), &change(&nonce, Some(b"old\n"), new));
                    answer(&output.stdout, &nonce, Some(new)).unwrap_or_else(|| panic!("{output:?}"))
                };
                let threads: Vec<_> = news.iter().map(|new| scope.spawn(move || one(new))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let winners: Vec<_> =
                news.iter().zip(&answers).filter(|(_, answer)| **answer == Answer::Done).collect();
            assert_eq!(winners.len(), 1, "{shell:?}: {answers:?}");
            assert_eq!(&keys(home.path()), winners[0].0);
            assert_eq!(names(home.path()), ["authorized_keys"]);
        }
    }

    fn cksum_number(bytes: &[u8]) -> u64 {
        super::cksum(bytes).split(':').next().unwrap().parse().unwrap()
    }

    #[test]
    fn a_lock_without_a_holder_is_taken_away() {
        for shell in shells() {
            let home = home(Some(b"old\n"));
            fs::create_dir(home.path().join(".ssh/authorized_keys.keyplan-lock")).unwrap();
            // Nobody waits here: time passes by itself.
            let programs = tempfile::tempdir().unwrap();
            let sleep = programs.path().join("sleep");
            fs::write(&sleep, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&sleep, fs::Permissions::from_mode(0o755)).unwrap();
            let path = format!("PATH={}:$PATH", programs.path().display());
            let output = run_after(&shell, home.path(), &change(NONCE, Some(b"old\n"), b"new\n"), &path);
            assert_eq!(answer(&output.stdout, NONCE, Some(b"new\n")), Some(Answer::Done), "{shell:?}");
            assert_eq!(names(home.path()), ["authorized_keys"]);
        }
    }

    #[test]
    fn an_answer_that_is_cut_off_is_none() {
        let home = home(Some(b"one\ntwo\n"));
        let whole = run(&["sh"], home.path(), &observe(NONCE)).stdout;
        assert!(answer(&whole, NONCE, None).is_some());
        for length in 0..whole.len() {
            assert_eq!(answer(&whole[..length], NONCE, None), None, "{length}");
        }
        assert_eq!(answer(&whole, "fedcba9876543210", None), None);
    }
}
