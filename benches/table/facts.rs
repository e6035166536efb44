//! Keys and clusters on disk, in two layouts, and the same with some of them changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::generator::{Random, Workspace};

/// How the documents are spread over files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Many in each.
    Packed,
    /// One in each, in a folder for each file of the packed layout.
    Documents,
}

impl Layout {
    pub(crate) const ALL: [Self; 2] = [Self::Packed, Self::Documents];

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Packed => "many documents in a file",
            Self::Documents => "one document in a file",
        }
    }
}

/// The texts of the packed files.
pub(crate) struct Facts(Vec<String>);

impl Facts {
    pub(crate) fn generate(workspace: &Workspace) -> Self {
        Self(workspace.texts())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(String::len).sum()
    }

    /// The same with another cloud for so many clusters, which are anywhere.
    pub(crate) fn changed(&self, count: usize, seed: u64) -> Self {
        let is_cluster = |document: &&str| document.contains("\nkind: Cluster\n");
        let clusters = self.0.iter().flat_map(|text| documents(text)).filter(is_cluster).count();
        let mut random = Random(seed);
        let mut chosen = BTreeSet::new();
        while chosen.len() < count.min(clusters) {
            chosen.insert(random.next() % clusters as u64);
        }
        let mut number = 0;
        let mut change = |document: &str| {
            let is_chosen = is_cluster(&document) && {
                number += 1;
                chosen.contains(&(number - 1))
            };
            let text =
                if is_chosen { document.replace("cloud: vsphere", "cloud: maas") } else { document.into() };
            format!("---\n{text}")
        };
        Self(self.0.iter().map(|text| documents(text).map(&mut change).collect()).collect())
    }

    /// Writes the files into a folder, over those that are there.
    pub(crate) fn write(&self, layout: Layout, folder: &Path) {
        fs::create_dir_all(folder).expect("a folder that can be made");
        for (number, text) in self.0.iter().enumerate() {
            match layout {
                Layout::Packed => write(&folder.join(format!("part-{number:05}.yaml")), text),
                Layout::Documents => {
                    let folder = folder.join(format!("part-{number:05}"));
                    fs::create_dir_all(&folder).expect("a folder that can be made");
                    for (number, document) in documents(text).enumerate() {
                        write(&folder.join(format!("{number:05}.yaml")), document);
                    }
                }
            }
        }
    }
}

/// The documents of a text, without the lines that part them.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("---\n").skip(1)
}

/// What is there already is not written again: most is the same in a workspace that was changed.
fn write(path: &Path, text: &str) {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return;
    }
    fs::write(path, text).expect("a file that can be written");
}

/// Reads all files of declarations below a folder, on every core, and does the least with them.
pub(crate) fn hash(folder: &Path) -> blake3::Hash {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name();
    let paths: Vec<_> = entries
        .into_iter()
        .map(|entry| entry.expect("a folder that can be read").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    let digests: Vec<_> = paths
        .par_iter()
        .map(|path| blake3::hash(&fs::read(path).expect("a file that can be read")))
        .collect();
    let mut all = blake3::Hasher::new();
    for digest in digests {
        all.update(digest.as_bytes());
    }
    all.finalize()
}
