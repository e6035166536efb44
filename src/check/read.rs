//! Reads the files of a workspace, each on any core.

use std::io;

use camino::Utf8PathBuf;
use rayon::prelude::*;

use crate::check::declare::load::{load_key, load_yaml};
use crate::check::declare::{self, Declaration};
use crate::check::resolve::{PublicKeyFile, PublicKeyFiles, key_file};
use crate::diagnostics::{Finding, Location, nearest};
use crate::rules::{path_outside_workspace, unreadable_file};
use crate::source::walk::{Files, Unreadable};
use crate::source::{FileId, SourceFile, SourceSet};

use super::progress::Counter;
use super::{excluded, unread};

/// What the files of a workspace hold.
pub(super) struct Read {
    pub(super) sources: SourceSet,
    /// Those of each file.
    pub(super) declarations: Vec<Box<[Declaration]>>,
    /// Files of declarations, without those that cannot be read.
    pub(super) file_count: usize,
    pub(super) others: Vec<Utf8PathBuf>,
}

/// Walks, reads and decodes, file by file on every core. Of each file only its text and its declarations
/// are kept, so that the nodes of no more files than there are cores are there at a time.
pub(super) fn read_workspace(
    files: &dyn Files,
    done: &Counter,
    findings: &mut Vec<Finding>,
) -> io::Result<Read> {
    let walked = excluded::list(files)?;
    let file_count = walked.files.len();
    let mut entries: Vec<(Utf8PathBuf, Option<Unreadable>)> =
        walked.files.into_iter().map(|path| (path, None)).collect();
    if !walked.problems.is_empty() {
        entries.extend(walked.problems.into_iter().map(|(path, why)| (path, Some(why))));
        entries.sort_by(|one, other| one.0.cmp(&other.0));
    }
    done.expect(entries.len());
    let (mut sources, mut decoded) = (Vec::new(), Vec::new());
    (0..u32::try_from(entries.len()).unwrap_or(u32::MAX))
        .into_par_iter()
        .zip(entries)
        .map(|(number, (path, problem))| {
            let mut findings = Vec::new();
            let id = FileId(number);
            let mut file = read_one(files, id, path, problem, &mut findings);
            let declarations = declare::declarations(id, &file, &mut findings);
            file.release_nodes();
            done.count();
            (file, (declarations.into_boxed_slice(), findings))
        })
        .unzip_into_vecs(&mut sources, &mut decoded);
    let mut declarations = Vec::with_capacity(decoded.len());
    for (of_file, found) in decoded {
        declarations.push(of_file);
        findings.extend(found);
    }
    let mut sources = SourceSet::new(sources);
    unread::check(files, &walked.others, file_count, &mut sources, findings);
    let others = [walked.others, walked.rest].concat();
    Ok(Read { sources, declarations, file_count, others })
}

fn read_one(
    files: &dyn Files,
    id: FileId,
    path: Utf8PathBuf,
    problem: Option<Unreadable>,
    findings: &mut Vec<Finding>,
) -> SourceFile {
    let read = match problem {
        None => files.read(&path),
        Some(problem) => Err(problem),
    };
    match read {
        Ok(bytes) => load_yaml(id, path, bytes, findings),
        Err(why) => {
            let at = Location::File(id);
            findings.push(match why {
                Unreadable::LeadsOutside => path_outside_workspace::finding(at, path.as_str()),
                why => unreadable_file::finding(at, &path, &why),
            });
            SourceFile::of_text(path, String::new(), Vec::new())
        }
    }
}

/// Reads the files that `publicKeyFile` names, each once, and adds them to the sources.
pub(super) fn read_key_files<'a>(
    files: &dyn Files,
    sources: &mut SourceSet,
    declarations: impl Iterator<Item = &'a Declaration>,
    findings: &mut Vec<Finding>,
) -> PublicKeyFiles {
    let mut paths: Vec<_> = declarations.filter_map(|declaration| key_file(sources, declaration)).collect();
    paths.sort_unstable();
    paths.dedup();
    let read: Vec<_> = paths.into_par_iter().map(|path| (files.read_key(&path), path)).collect();
    let mut key_files = PublicKeyFiles::with_capacity(read.len());
    for (read, path) in read {
        let file = match read {
            Ok(bytes) => {
                let (file, text) = load_key(sources.next_id(), path.clone(), bytes, findings);
                PublicKeyFile::Read(sources.add(file), text)
            }
            Err(why) => {
                let name = path.file_name().unwrap_or_default();
                let beside = if why == Unreadable::Missing { files.beside(&path) } else { Vec::new() };
                let near = nearest(name, beside.iter().map(String::as_str)).map(str::to_owned);
                PublicKeyFile::Unreadable(why, near)
            }
        };
        key_files.insert(path, file);
    }
    key_files
}
