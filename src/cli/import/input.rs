//! The files that are named on the command line, and standard input.
#![expect(clippy::disallowed_methods, reason = "these files are given by the user")]

use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;

use crate::cli::failure::Failure;
use crate::cli::paths::in_directory;

/// The largest input of a kind.
#[derive(Clone, Copy)]
pub(super) struct Most {
    mebibytes: u64,
    help: &'static str,
}

pub(super) const KEYS: Most =
    Most { mebibytes: 16, help: "this is no file of keys; if it is one, import it in parts" };
pub(super) const STATE: Most =
    Most { mebibytes: 256, help: "leave out what is not of the provider spectrocloud, as with `jq`" };

/// What a file is called, and what is in it; `-` is standard input.
pub(super) fn read(
    path: &Utf8Path,
    directory: Option<&Utf8Path>,
    most: Most,
) -> Result<(String, Vec<u8>), Failure> {
    let limit = most.mebibytes << 20;
    let mut bytes = Vec::new();
    let (name, read) = if path == "-" {
        ("standard input".into(), io::stdin().lock().take(limit + 1).read_to_end(&mut bytes))
    } else {
        let path = in_directory(directory, path);
        let read = File::open(&path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
        (path.into_string(), read)
    };
    read.map_err(Failure::io(format!("cannot read `{name}`")))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::Refused {
            problem: format!("`{name}` is larger than {} MiB", most.mebibytes),
            help: most.help.into(),
        });
    }
    Ok((name, bytes))
}
