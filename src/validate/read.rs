//! Reads the files of a workspace, each on any core.

use std::io;

use camino::Utf8PathBuf;
use rayon::prelude::*;

use crate::declare::Declaration;
use crate::declare::load::{load_key, load_yaml};
use crate::diagnostics::{Finding, Where};
use crate::resolve::{KeyFile, KeyFiles, key_file};
use crate::rules::{path_outside_workspace, unreadable_file};
use crate::source::walk::{Files, Unreadable};
use crate::source::{FileId, SourceFile, SourceSet};

/// Walks, reads and parses, file by file on every core.
pub(super) fn read_sources(files: &dyn Files, findings: &mut Vec<Finding>) -> io::Result<(SourceSet, usize)> {
    let walked = files.list()?;
    let count = walked.files.len();
    let mut entries: Vec<(Utf8PathBuf, Option<Unreadable>)> =
        walked.files.into_iter().map(|path| (path, None)).collect();
    entries.extend(walked.problems.into_iter().map(|(path, why)| (path, Some(why))));
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    let read: Vec<_> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX))
        .into_par_iter()
        .zip(entries)
        .map(|(number, (path, problem))| read_one(files, FileId(number), path, problem))
        .collect();
    let mut sources = Vec::with_capacity(read.len());
    for (file, found) in read {
        sources.push(file);
        findings.extend(found);
    }
    Ok((SourceSet::new(sources), count))
}

fn read_one(
    files: &dyn Files,
    id: FileId,
    path: Utf8PathBuf,
    problem: Option<Unreadable>,
) -> (SourceFile, Vec<Finding>) {
    let mut findings = Vec::new();
    let read = match problem {
        None => files.read(&path),
        Some(problem) => Err(problem),
    };
    let file = match read {
        Ok(bytes) => load_yaml(id, path, bytes, &mut findings),
        Err(why) => {
            let at = Where::File(id);
            findings.push(match why {
                Unreadable::LeadsOutside => path_outside_workspace::finding(at, path.as_str()),
                why => unreadable_file::finding(at, &path, &why),
            });
            SourceFile::of_text(path, String::new(), Vec::new())
        }
    };
    (file, findings)
}

/// Reads the files that `publicKeyFile` names, each once, and adds them to the sources.
pub(super) fn read_key_files(
    files: &dyn Files,
    sources: &mut SourceSet,
    declarations: &[Declaration],
    findings: &mut Vec<Finding>,
) -> KeyFiles {
    let mut paths: Vec<_> =
        declarations.iter().filter_map(|declaration| key_file(sources, declaration)).collect();
    paths.sort_unstable();
    paths.dedup();
    let read: Vec<_> = paths.into_par_iter().map(|path| (files.read_key(&path), path)).collect();
    let mut key_files = KeyFiles::with_capacity(read.len());
    for (read, path) in read {
        let file = match read {
            Ok(bytes) => {
                let (file, is_text) = load_key(sources.next_id(), path.clone(), bytes, findings);
                let id = sources.add(file);
                if is_text { KeyFile::Text(id) } else { KeyFile::NoText(id) }
            }
            Err(why) => KeyFile::Unreadable(why),
        };
        key_files.insert(path, file);
    }
    key_files
}
