//! The target `files`: the files from which nodes are born, in a folder that is then committed, or handed to
//! what makes nodes. One file for each cluster and format, at `PROJECT/CLUSTER/FILE`.
//!
//! All files of a change are looked at before the first is touched: where one of them is not what keyplan
//! wrote, none is. New ones are written before old ones go. After an apply that was interrupted, what stands
//! under a name that was not recorded is taken away.

pub mod folder;
pub mod tree;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::chains::{Chain, Progress, chains, seen};
use super::{Outcome, Seen, Target, Trouble, Watch};
use crate::model::{Address, Cluster, NodeFormat, Recorded};
use crate::plan::{Door, Effect, Step};
use folder::{Folder, Found, Turn};
use tree::files_of;

/// The target `files`.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Folder,
    formats: Vec<NodeFormat>,
}

/// How a file differs from what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differs {
    /// It is not there.
    Missing,
    /// It has other bytes, or is no file.
    Edited,
    /// It is of no recorded cluster, or in a format that is not asked for.
    Extra,
}

/// A file that differs from what is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDrift {
    /// Its path.
    pub path: Utf8PathBuf,
    /// The cluster that it is of, where it is recorded.
    pub cluster: Option<Address>,
    /// How it differs.
    pub differs: Differs,
}

impl Files {
    /// Files in these formats, in this folder, which need not exist yet.
    #[must_use]
    pub const fn new(root: Utf8PathBuf, formats: Vec<NodeFormat>) -> Self {
        Self { folder: Folder::new(root), formats }
    }

    /// What an effect means for files: those that come and change, then those that go.
    fn turns(&self, effect: &Effect) -> Result<Vec<Turn>, String> {
        let Effect { before, after } = effect;
        let is_unfinished = before.as_ref().is_some_and(Door::is_unfinished);
        let files = |door: &Door, formats: &[NodeFormat]| files_of(&door.cluster, door.key.as_ref(), formats);
        let mut after =
            after.as_ref().map_or_else(|| Ok(BTreeMap::new()), |door| files(door, &self.formats))?;
        let mut turns = Vec::new();
        for format in NodeFormat::ALL {
            let written = before.as_ref().map(|door| written(door, &[*format])).unwrap_or_default();
            for (path, text) in written {
                let turn = Turn { after: after.remove(&path), before: Some(text), path, is_unfinished };
                let is_asked_for = self.formats.contains(format);
                // A file in a format that was asked for once goes, unless somebody has made it their own.
                if is_asked_for || self.folder.has(&turn.path, turn.before.as_deref())? {
                    turns.push(turn);
                }
            }
        }
        turns.extend(after.into_iter().map(|(path, text)| Turn {
            path,
            before: None,
            after: Some(text),
            is_unfinished,
        }));
        turns.sort_by_key(|turn| turn.after.is_none());
        Ok(turns)
    }

    /// Does all that a change means for files, or says why not.
    fn act(&self, step: &Step<'_>) -> Result<(), Trouble> {
        let hindered = |why| Trouble { why, ..Trouble::default() };
        let mut due = Vec::new();
        for effect in &step.effects {
            for turn in self.turns(effect).map_err(hindered)? {
                if self.folder.is_due(&turn).map_err(hindered)? {
                    due.push(turn);
                }
            }
        }
        due.sort_by_key(|turn| turn.after.is_none());
        for turn in &due {
            if let Err(why) = self.folder.take(turn) {
                return Err(Trouble { why, left: self.left(step), ..Trouble::default() });
            }
        }
        Ok(())
    }

    /// The clusters that a change which failed has left unfinished.
    fn left(&self, step: &Step<'_>) -> Vec<Cluster> {
        let mut left = Vec::new();
        for chain in chains(std::slice::from_ref(step)) {
            if self.progress(&chain) != Ok(Progress::Before) {
                // What cannot be taken away shows as drift.
                let _ = self.tidy(&chain);
                left.extend(chain.whole.unfinished());
            }
        }
        left
    }

    /// How far a cluster has come, by its files.
    fn progress(&self, chain: &Chain) -> Result<Progress, String> {
        let files = |door: &Door| written(door, &self.formats);
        let before = chain.whole.before.as_ref().map(files).unwrap_or_default();
        let after = chain.whole.after.as_ref().map(files).unwrap_or_default();
        let (mut is_before, mut is_after) = (true, true);
        for path in chain.doors.iter().flat_map(|door| files(door).into_keys()) {
            is_before &= self.folder.has(&path, before.get(&path).map(String::as_str))?;
            is_after &= self.folder.has(&path, after.get(&path).map(String::as_str))?;
        }
        Ok(match (is_after, is_before) {
            (true, _) => Progress::After,
            (false, true) => Progress::Before,
            (false, false) => Progress::Between,
        })
    }

    /// Takes away what keyplan wrote under names that the cluster has not kept: it would be nobody's.
    fn tidy(&self, chain: &Chain) -> Result<(), String> {
        let files = |door: &Door| written(door, NodeFormat::ALL);
        let kept = chain.whole.before.as_ref().map(files).unwrap_or_default();
        for (path, text) in chain.doors.iter().flat_map(files) {
            if !kept.contains_key(&path) && self.folder.has(&path, Some(&text))? {
                self.folder.take(&Turn { path, before: Some(text), after: None, is_unfinished: false })?;
            }
        }
        Ok(())
    }

    /// The files that recorded clusters have, with their clusters.
    fn recorded(&self, recorded: &Recorded) -> Result<Vec<(Utf8PathBuf, String, Address)>, String> {
        let mut all = Vec::new();
        for home in recorded.projects.values() {
            for cluster in home.clusters.values() {
                let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
                let files = files_of(cluster, key, &self.formats)?;
                all.extend(files.into_iter().map(|(path, text)| (path, text, cluster.address())));
            }
        }
        Ok(all)
    }

    /// Every file that differs from what is recorded, in the order of their paths.
    ///
    /// # Errors
    /// When the folder cannot be read, or a recorded cluster cannot be written: why, for people.
    pub fn drift(&self, recorded: &Recorded) -> Result<Vec<FileDrift>, String> {
        let mut drift = Vec::new();
        let mut known = BTreeSet::new();
        for (path, text, cluster) in self.recorded(recorded)? {
            let differs = match self.folder.look(&path)? {
                Found::Nothing => Some(Differs::Missing),
                Found::File(bytes) if bytes == text.as_bytes() => None,
                Found::File(_) | Found::Other(_) => Some(Differs::Edited),
            };
            let place = self.folder.root().join(&path);
            drift.extend(differs.map(|differs| FileDrift { path: place, cluster: Some(cluster), differs }));
            known.insert(path);
        }
        for path in self.folder.files()? {
            let is_ours = path.components().count() == 3
                && NodeFormat::ALL.iter().any(|format| path.file_name() == Some(format.file_name()));
            if is_ours && !known.contains(&path) {
                let path = self.folder.root().join(path);
                drift.push(FileDrift { path, cluster: None, differs: Differs::Extra });
            }
        }
        drift.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(drift)
    }
}

/// The files of a cluster in those of these formats that can carry it: what cannot be written was not
/// written.
fn written(door: &Door, formats: &[NodeFormat]) -> BTreeMap<Utf8PathBuf, String> {
    let each = formats
        .iter()
        .filter_map(|format| files_of(&door.cluster, door.key.as_ref(), std::slice::from_ref(format)).ok());
    each.flatten().collect()
}

impl Target for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn has_effects(&self) -> bool {
        true
    }

    fn apply(&self, steps: &[Step<'_>], watch: &dyn Watch) -> Vec<Outcome> {
        let outcome = |step: &Step<'_>| {
            let outcome = match watch.go_on() {
                Err(why) => Outcome::Skipped(why),
                Ok(()) => self.act(step).map_or_else(Outcome::Failed, |()| Outcome::Applied),
            };
            watch.done();
            outcome
        };
        steps.iter().map(outcome).collect()
    }

    fn observe(&self, steps: &[Step<'_>]) -> Result<Vec<Seen>, String> {
        let chains = chains(steps);
        let progress = chains.iter().map(|chain| self.progress(chain)).collect::<Result<Vec<_>, _>>()?;
        let seen = seen(steps.len(), &chains, &progress);
        for (chain, progress) in chains.iter().zip(progress) {
            let is_recorded = chain.steps.iter().all(|step| seen[*step] == Seen::Done);
            if !is_recorded && progress != Progress::Before {
                self.tidy(chain)?;
            }
        }
        Ok(seen)
    }
}
