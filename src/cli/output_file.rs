//! Files that a command writes beside what it prints: whole, and over what is there, or not at all.
#![expect(clippy::disallowed_methods, reason = "what is at the place of the file is looked at")]

use std::fs;
use std::io::{self, BufWriter, Write};

use camino::Utf8Path;

use super::failure::Failure;
use crate::durable::{Draft, Readers};

/// How much is written at a time, in bytes.
const AT_A_TIME: usize = 1 << 16;

/// Whether a file can be written at a place: nothing is left there.
pub(super) fn check_place(path: &Utf8Path, instead: &str) -> Result<(), Failure> {
    is_replaceable(path, instead)?;
    Draft::new(path, Readers::Umask).map_err(cannot_write(path))?;
    Ok(())
}

fn cannot_write(path: &Utf8Path) -> impl FnOnce(io::Error) -> Failure {
    Failure::io(format!("cannot write `{path}`"))
}

fn is_replaceable(path: &Utf8Path, instead: &str) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return Err(Failure::Refused {
            problem: format!("cannot write `{path}`: it is not a regular file"),
            help: format!("name a file; {instead}"),
        });
    }
    Ok(())
}

/// Replaces a file by what is written. A device or a pipe is refused, and `instead` says what else to do.
pub(super) fn replace_file(
    path: &Utf8Path,
    instead: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    is_replaceable(path, instead)?;
    let failed = || cannot_write(path);
    let mut draft = Draft::new(path, Readers::Umask).map_err(failed())?;
    let mut out = BufWriter::with_capacity(AT_A_TIME, &mut draft);
    write(&mut out).and_then(|()| out.flush()).map_err(failed())?;
    drop(out);
    draft.replace().map_err(failed())
}
