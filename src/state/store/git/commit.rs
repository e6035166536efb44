//! A commit that adds files, made by one `git fast-import`: there is no index and no work tree.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;

use super::super::error::{StoreError, StoreErrorKind};
use super::cache::Locked;
use super::fault::Fault;

/// Who writes where the user's configuration does not say it.
const KEYPLAN: &str = "keyplan <keyplan@localhost>";

/// The newest commit that was made here.
const MADE: &str = "refs/keyplan/made";

/// Makes a commit that adds these files to those of its parent.
pub(super) fn make(
    cache: &Locked<'_>,
    parent: Option<&str>,
    files: &[(&str, &[u8])],
) -> Result<String, Fault> {
    let mut stream =
        format!("reset {MADE}\ncommit {MADE}\nmark :1\ncommitter {} now\n", author(cache)?).into_bytes();
    data(&mut stream, message(files)?.as_bytes());
    if let Some(parent) = parent {
        stream.extend(format!("from {parent}\n").bytes());
    }
    for (name, bytes) in files {
        stream.extend(format!("M 100644 inline {name}\n").bytes());
        data(&mut stream, bytes);
    }
    stream.extend(b"get-mark :1\ndone\n");
    let import = ["fast-import", "--quiet", "--force", "--done", "--date-format=now"];
    cache.run(&import, &stream)
}

fn data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend(format!("data {}\n", bytes.len()).bytes());
    stream.extend(bytes);
    stream.push(b'\n');
}

/// The name and the address of who writes, as the user's configuration or the environment has them.
fn author(cache: &Locked<'_>) -> Result<String, Fault> {
    let ran = cache.git().run(&["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"], &[])?;
    let ident = ran.text();
    let named = ident.rsplit_once('>').map(|(name, _)| format!("{name}>"));
    Ok(named.filter(|_| ran.is_success()).unwrap_or_else(|| KEYPLAN.into()))
}

/// What is written. Of two writers no commit is the same, whatever they write: so each knows its own.
fn message(files: &[(&str, &[u8])]) -> Result<String, StoreError> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| {
        let words = format!("the system gives no random bytes: {error}");
        StoreError::new(StoreErrorKind::Unavailable, words)
    })?;
    let first = files.iter().map(|(name, _)| *name).min_by_key(|name| !name.starts_with("log/"));
    let mut message = match (first, files.len() - 1) {
        (Some(name), 0) => format!("Add {name}\n"),
        (name, more) => format!("Add {} and {more} more\n", name.unwrap_or_default()),
    };
    if files.len() > 1 {
        message.push('\n');
        for (name, _) in files {
            // Writing to a text does not fail.
            let _ = writeln!(message, "{name}");
        }
    }
    let _ = write!(message, "\nKeyplan-Write: {}\n", HEXLOWER.encode(&nonce));
    Ok(message)
}
