//! The branch as it was seen last, and what is added to it.

use std::collections::BTreeSet;

use super::super::error::{StoreError, StoreErrorKind};
use super::cache::Locked;
use super::commit;
use super::fault::Fault;
use super::objects::Objects;
use super::program::Git;
use super::remote::{Branch, Pushed};
use super::tree::Node;
use super::view::View;

/// How often others may be faster before that is told. Of all who push at once one succeeds.
const ROUNDS: usize = 16;

/// The branch as it was seen last.
#[derive(Debug, Default)]
pub(super) struct Session {
    objects: Option<Objects>,
    view: Option<View>,
}

/// Where a session is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) git: &'a Git,
    pub(super) branch: &'a Branch,
}

impl Session {
    /// The content of a file.
    pub(super) fn get(&mut self, at: At<'_>, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let known = match (&mut self.view, &mut self.objects) {
            (Some(view), Some(objects)) => view.node(objects, name)?,
            _ => None,
        };
        let node = if known.is_some() {
            known
        } else {
            let (view, objects) = self.fresh(at, name)?;
            view.node(objects, name)?
        };
        match node {
            None => Ok(None),
            Some(Node::File(id)) => self.objects(at.git)?.read(&id, "blob").map(Some),
            Some(Node::Folder(_) | Node::Other) => {
                Err(StoreError::damaged("it is not a regular file").into())
            }
        }
    }

    /// The names in a folder that come after this one.
    pub(super) fn list(&mut self, at: At<'_>, folder: &str, after: &str) -> Result<Vec<String>, Fault> {
        let (view, objects) = self.fresh(at, &format!("{folder}/"))?;
        let tree = view.folder(objects, folder)?;
        let names = tree.into_iter().flat_map(|tree| tree.0.keys());
        Ok(names.filter(|name| &***name > after).map(ToString::to_string).collect())
    }

    /// Adds those files whose names are free, all by one commit. Which of them were.
    pub(super) fn add(&mut self, at: At<'_>, files: &[(&str, &[u8])]) -> Result<Vec<bool>, Fault> {
        let cache = Locked::take(at.git)?;
        if self.view.is_none() {
            self.fetch(at, &cache)?;
        }
        for _ in 0..ROUNDS {
            let free = self.free(at, files)?;
            let new: Vec<_> =
                files.iter().zip(&free).filter(|(_, free)| **free).map(|(file, _)| *file).collect();
            if new.is_empty() {
                return Ok(free);
            }
            let parent = self.view.as_ref().and_then(|view| view.commit.clone());
            let commit = commit::make(&cache, parent.as_deref(), &new)?;
            // Until it is known what became of it, nothing is known of the branch.
            let before = self.view.take();
            match at.branch.push(&cache, parent.as_deref(), &commit)? {
                Pushed::Done => {
                    // Where it cannot be read here, it is fetched.
                    let _ = self.show(at.git, Some(commit));
                    return Ok(free);
                }
                Pushed::Outrun => {
                    self.view = before;
                    self.fetch(at, &cache)?;
                }
                Pushed::Refused(error) => {
                    self.view = before;
                    self.fetch(at, &cache)?;
                    let is_same = self.view.as_ref().is_some_and(|view| view.commit == parent);
                    if is_same && error.kind == StoreErrorKind::Denied {
                        return Err(error.into());
                    }
                }
            }
        }
        let words = format!("others have pushed to the branch {ROUNDS} times meanwhile");
        Err(StoreError::new(StoreErrorKind::Unavailable, words).into())
    }

    /// Which files have a name that is free, and not that of one before them.
    fn free(&mut self, at: At<'_>, files: &[(&str, &[u8])]) -> Result<Vec<bool>, Fault> {
        self.objects(at.git)?;
        let (Some(view), Some(objects)) = (&mut self.view, &mut self.objects) else { return Ok(Vec::new()) };
        let mut names = BTreeSet::new();
        let is_free = |(name, _): &(&str, _)| {
            Ok(view.node(objects, name)?.is_none() && names.insert((*name).to_owned()))
        };
        files.iter().map(is_free).collect()
    }

    /// The branch as it is when a question is asked for the first time, or for the first time since.
    fn fresh(&mut self, at: At<'_>, question: &str) -> Result<(&mut View, &mut Objects), Fault> {
        if !self.view.as_mut().is_some_and(|view| view.may_answer(question)) {
            let cache = Locked::take(at.git)?;
            self.fetch(at, &cache)?;
        }
        self.objects(at.git)?;
        match (&mut self.view, &mut self.objects) {
            (Some(view), Some(objects)) => {
                view.may_answer(question);
                Ok((view, objects))
            }
            _ => Err(Fault::Torn("there is nothing of the branch".into())),
        }
    }

    fn fetch(&mut self, at: At<'_>, cache: &Locked<'_>) -> Result<(), Fault> {
        let commit = at.branch.fetch(cache)?;
        self.show(at.git, commit)
    }

    /// From now on this commit is what the branch holds.
    fn show(&mut self, git: &Git, commit: Option<String>) -> Result<(), Fault> {
        match &mut self.view {
            Some(view) if view.commit == commit => view.renew(),
            _ => {
                self.view = None;
                self.view = Some(View::open(self.objects(git)?, commit)?);
            }
        }
        Ok(())
    }

    fn objects(&mut self, git: &Git) -> Result<&mut Objects, Fault> {
        let objects = match self.objects.take() {
            Some(objects) => objects,
            None => Objects::open(git)?,
        };
        Ok(self.objects.insert(objects))
    }
}
