//! What the branch held at one moment.
#![expect(clippy::disallowed_methods, reason = "how old it is decides whether it is fetched again")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::error::StoreError;
use super::fault::{Fault, cleaned};
use super::objects::Objects;
use super::tree::{Node, Tree};

/// How long it may tell what is not there.
const FRESH: Duration = Duration::from_secs(1);

/// One of these is in every state, from the first thing on that is written.
const MARKS: [&str; 6] = ["copies", "format.json", "leases", "log", "objects", "probe"];

/// What the branch held at one moment. A name never changes, so that one that is there is final. What is not there may
/// have come since: a question is answered once, and by a view that is fresh. Who asks again wants news.
#[derive(Debug)]
pub(super) struct View {
    /// Nothing where there was no branch.
    pub(super) commit: Option<String>,
    top: Tree,
    /// The folders that were read, by the names of their objects.
    folders: BTreeMap<Box<str>, Tree>,
    answered: BTreeSet<String>,
    since: Instant,
}

impl View {
    /// The view of a commit that the cache has.
    pub(super) fn open(objects: &mut Objects, commit: Option<String>) -> Result<Self, Fault> {
        let top = match &commit {
            Some(commit) => read(objects, &format!("{commit}^{{tree}}"))?,
            None => Tree::default(),
        };
        if let Some(name) =
            top.0.keys().next().filter(|_| !MARKS.iter().any(|mark| top.0.contains_key(*mark)))
        {
            let name = cleaned(name);
            let error = StoreError::damaged(&format!("the branch holds `{name}`, and no state"));
            return Err(error
                .with_help("name a branch on which nothing else is, as one that is not there yet")
                .into());
        }
        Ok(Self { commit, top, folders: BTreeMap::new(), answered: BTreeSet::new(), since: Instant::now() })
    }

    /// The branch was found to be as it was.
    pub(super) fn renew(&mut self) {
        self.answered.clear();
        self.since = Instant::now();
    }

    /// Whether it may answer a question, for once.
    pub(super) fn may_answer(&mut self, question: &str) -> bool {
        self.since.elapsed() <= FRESH && self.answered.insert(question.to_owned())
    }

    /// What a name leads to.
    pub(super) fn node(&mut self, objects: &mut Objects, name: &str) -> Result<Option<Node>, Fault> {
        let Some((folder, name)) = name.rsplit_once('/') else { return Ok(self.top.0.get(name).cloned()) };
        Ok(self.folder(objects, folder)?.and_then(|tree| tree.0.get(name).cloned()))
    }

    /// The folder at a path.
    pub(super) fn folder(&mut self, objects: &mut Objects, path: &str) -> Result<Option<&Tree>, Fault> {
        let mut node = None;
        for part in path.split('/') {
            let tree = match &node {
                None => Some(&self.top),
                Some(id) => self.folders.get(id),
            };
            let id = match tree.and_then(|tree| tree.0.get(part)) {
                None => return Ok(None),
                Some(Node::Folder(id)) => id.clone(),
                Some(Node::File(_) | Node::Other) => {
                    return Err(StoreError::damaged(&format!("`{part}` is no folder")).into());
                }
            };
            if !self.folders.contains_key(&id) {
                self.folders.insert(id.clone(), read(objects, &id)?);
            }
            node = Some(id);
        }
        Ok(node.and_then(|id| self.folders.get(&id)))
    }
}

fn read(objects: &mut Objects, name: &str) -> Result<Tree, Fault> {
    let bytes = objects.read(name, "tree")?;
    Tree::read(&bytes).ok_or_else(|| Fault::Torn(format!("the folder `{name}` is torn")))
}
