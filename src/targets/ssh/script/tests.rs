//! The script in every shell of this machine.
#![expect(clippy::disallowed_methods, reason = "the script is run on files")]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{Answer, SCRIPT, answer, change, command, observe};

const NONCE: &str = "0123456789abcdef";

/// Every shell of this machine that a node may have as its `sh`.
fn shells() -> Vec<Vec<&'static str>> {
    let all: [&[&str]; 6] =
        [&["sh"], &["dash"], &["bash", "--posix"], &["busybox", "sh"], &["ksh"], &["mksh"]];
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
        let banner = "printf 'Welcome\\n\\nkeyplan-2 fedcba changed\\n'";
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
        symlink(elsewhere.path().join(".ssh/authorized_keys"), linked.path().join(".ssh/authorized_keys"))
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
/// Asks one thing after the other of one script. Each is asked when the one before has its answer.
fn conversation(shell: &[&str], home: &Path, before: &str, questions: &[Vec<u8>]) -> Vec<Answer> {
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .args(["-c", &format!("{before}\n{}", command())])
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = Vec::new();
    for question in questions {
        stdin.write_all(question).unwrap();
        let sent = question.iter().position(|byte| *byte == b'\n').map(|at| &question[at + 1..]);
        let mut output = Vec::new();
        let mut piece = [0; 4096];
        let answer = loop {
            let length = stdout.read(&mut piece).unwrap();
            assert!(length > 0, "{shell:?}: {}", String::from_utf8_lossy(&output));
            output.extend(&piece[..length]);
            if let Some(answer) = answer(&output, NONCE, sent) {
                break answer;
            }
        };
        answers.push(answer);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success(), "{shell:?}");
    answers
}

#[test]
fn one_script_answers_one_question_after_the_other() {
    let large = [b"ssh-rsa AAAA somebody\n".repeat(5_000), b"\xff\0 no end".to_vec()].concat();
    let file = |bytes: &[u8]| Answer::File(bytes.to_vec());
    for shell in shells() {
        // Where `head` cannot count bytes, they are read one by one.
        for before in ["", "PATH=$HOME:$PATH"] {
            let home = home(Some(b"old\n"));
            fs::write(home.path().join("head"), "#!/bin/sh\nexit 1\n").unwrap();
            fs::set_permissions(home.path().join("head"), fs::Permissions::from_mode(0o755)).unwrap();
            let questions = [
                observe(NONCE),
                change(NONCE, Some(b"old\n"), &large),
                observe(NONCE),
                // The bytes of a change that is refused are no question.
                change(NONCE, Some(b"old\n"), &[change(NONCE, Some(&large), b""), large.clone()].concat()),
                observe(NONCE),
                change(NONCE, Some(&large), b""),
                change(NONCE, Some(b""), b"no end"),
                observe(NONCE),
            ];
            let expected = [
                file(b"old\n"),
                Answer::Done,
                file(&large),
                Answer::Changed,
                file(&large),
                Answer::Done,
                Answer::Done,
                file(b"no end"),
            ];
            assert_eq!(conversation(&shell, home.path(), before, &questions), expected, "{shell:?}");
            assert_eq!(names(home.path()), ["authorized_keys"]);
        }
    }
}

#[test]
fn what_is_left_of_a_refused_change_is_no_question() {
    for shell in shells() {
        let home = home(Some(b"old\n"));
        let refused =
            change("00", Some(b"old\n"), &[change(NONCE, Some(b"old\n"), b"x"), vec![b'x'; 3]].concat());
        // Its sum is that of other bytes, and it says that it is shorter than it is.
        let first = format!("keyplan-2 00 change {} 1:2\n", super::cksum(b"old\n"));
        let input =
            [first.as_bytes(), &refused[refused.iter().position(|b| *b == b'\n').unwrap() + 1..]].concat();
        let output = run(&shell, home.path(), &input);
        assert!(matches!(answer(&output.stdout, "00", None), Some(Answer::Refused(_))), "{shell:?}");
        assert_eq!(answer(&output.stdout, NONCE, None), None, "{shell:?}");
        assert_eq!(keys(home.path()), b"old\n");
        assert_eq!(names(home.path()), ["authorized_keys"]);
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_no_file() {
    let home = home(Some(b"one\ntwo\n"));
    let whole = run(&["sh"], home.path(), &observe(NONCE)).stdout;
    let text = String::from_utf8(whole).unwrap();
    for other in ["one\n", "one\ntwo\nthree\n", "ONE\ntwo\n", ""] {
        let torn = text.replace("one\ntwo\n", other);
        assert_eq!(answer(torn.as_bytes(), NONCE, None), Some(Answer::Inconsistent), "{other}");
    }
}
