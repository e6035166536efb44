//! The README and the documents in `docs/`, as those read them who test what they say.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::repository;

/// A document, read from the top of the repository.
pub(crate) struct Document {
    pub(crate) path: Utf8PathBuf,
    pub(crate) text: String,
}

/// A fenced block of a document.
pub(crate) struct Block {
    /// The word behind the fence.
    pub(crate) language: String,
    /// Where it is to be written, where the line above says so.
    pub(crate) file: Option<String>,
    pub(crate) text: String,
}

impl Document {
    pub(crate) fn read(path: &Utf8Path) -> Self {
        let text = fs::read_to_string(repository().join(path)).unwrap();
        Self { path: path.to_owned(), text }
    }

    /// The README and everything in `docs/`.
    pub(crate) fn for_users() -> Vec<Self> {
        let mut paths = vec![Utf8PathBuf::from("README.md")];
        for entry in repository().join("docs").read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.extension() == Some("md") {
                paths.push(path.strip_prefix(repository()).unwrap().to_owned());
            }
        }
        paths.sort_unstable();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    pub(crate) fn all() -> Vec<Self> {
        let others = ["CONTRIBUTING.md", "CHANGELOG.md", ".github/SECURITY.md"].map(Utf8Path::new);
        Self::for_users().into_iter().chain(others.map(Self::read)).collect()
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines();
        let mut file = None;
        while let Some(line) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let inside: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
                let text = inside.iter().flat_map(|line| [*line, "\n"]).collect();
                blocks.push(Block { language: language.into(), file: file.take(), text });
            } else if !line.is_empty() {
                let named = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->"));
                file = named.map(str::to_owned);
            }
        }
        blocks
    }

    /// The first fenced block of a language.
    pub(crate) fn block(&self, language: &str) -> String {
        self.blocks().into_iter().find(|block| block.language == language).expect("the document has one").text
    }

    /// A heading and all below it, up to the next one that is not deeper.
    pub(crate) fn section(&self, heading: &str) -> Self {
        let depth = |line: &str| line.chars().take_while(|letter| *letter == '#').count();
        let mut is_prose = outside_of_fences();
        let mut lines = self.text.lines().skip_while(|line| !(is_prose(line) && *line == heading));
        let first = lines.next().expect("the document has this heading");
        let mut is_prose = outside_of_fences();
        let mut ends = |line: &&str| is_prose(line) && (1..=depth(heading)).contains(&depth(line));
        let text = [first]
            .into_iter()
            .chain(lines.take_while(|line| !ends(line)))
            .flat_map(|line| [line, "\n"])
            .collect();
        Self { path: self.path.clone(), text }
    }

    /// The lines outside of fenced blocks.
    fn prose(&self) -> Vec<&str> {
        let mut is_prose = outside_of_fences();
        self.text.lines().filter(|line| is_prose(line)).collect()
    }

    /// The anchors of the headings, as Markdown renderers make them.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let headings = self.prose().into_iter().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }

    pub(crate) fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in self.prose() {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            links.extend(targets.map(|(target, _)| target.to_owned()));
        }
        links
    }
}

/// Tells of each line in turn whether it is outside of fenced blocks.
fn outside_of_fences() -> impl FnMut(&str) -> bool {
    let mut is_fenced = false;
    move |line| {
        let is_fence = line.starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}
