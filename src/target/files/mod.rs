//! The target `files`: the files from which nodes are born, in a folder that is then committed, or handed to
//! what makes nodes. One file for each cluster and format, at `PROJECT/CLUSTER/FILE`.
//!
//! All files of a change are looked at before the first is touched: where one of them is not what keyplan
//! wrote, none is. New ones are written before old ones go. After an apply that was interrupted, what stands
//! under a name that was not recorded is taken away.

pub mod folder;
pub mod tree;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::chains::{Chain, Progress, chains, seen};
use super::{Outcome, Seen, Target, Trouble, Watch};
use crate::model::{Address, Cluster, Differences, NodeFormat, Observed, Place, Recorded};
use crate::plan::{Door, Effect, Step};
use folder::{Folder, Found, Turn};
use tree::{cluster_of, files_of, folder_of};

/// The target `files`.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Folder,
    formats: Vec<NodeFormat>,
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
        let mut after = after.as_ref().map(|door| written(door, &self.formats)).unwrap_or_default();
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

    /// What stands in the place of one file of a cluster.
    fn compare(&self, path: &Utf8Path, text: Option<&str>, cluster: &Address) -> Observed {
        let differences = |missing: bool, extra: bool, edited: bool| {
            let named = |is: bool| if is { vec![cluster.clone()] } else { Vec::new() };
            let (missing, extra, edited) = (named(missing), named(extra), named(edited));
            Observed::Seen(Differences { missing, extra, edited, foreign_lines: 0 })
        };
        match (self.folder.look(path), text) {
            (Err(why), _) => Observed::Unknown(why),
            (Ok(Found::Other(what)), _) => Observed::Broken(format!("it is {what}, or lies behind one")),
            (Ok(Found::Nothing), text) => differences(text.is_some(), false, false),
            (Ok(Found::File(_)), None) => differences(false, true, false),
            (Ok(Found::File(bytes)), Some(text)) => differences(false, false, bytes != text.as_bytes()),
        }
    }

    /// The files that a recorded cluster has or is to have: with what is to be in them.
    fn of_cluster(&self, door: &Door) -> Result<BTreeMap<Utf8PathBuf, Option<String>>, String> {
        let mut files = BTreeMap::new();
        for format in NodeFormat::ALL.iter().filter(|format| !self.formats.contains(format)) {
            // In a format that was asked for once, unless somebody has made it their own.
            for (path, text) in written(door, std::slice::from_ref(format)) {
                if self.folder.has(&path, Some(&text))? {
                    files.insert(path, None);
                }
            }
        }
        let asked_for = files_of(&door.cluster, door.key.as_deref(), &self.formats)?;
        files.extend(asked_for.into_iter().map(|(path, text)| (path, Some(text))));
        Ok(files)
    }
}

/// The files of a cluster in those of these formats that can carry it. In what is desired all of them can, or
/// there is no plan; but between two changes a cluster may have a key that it is about to lose.
fn written(door: &Door, formats: &[NodeFormat]) -> BTreeMap<Utf8PathBuf, String> {
    let each = formats
        .iter()
        .filter_map(|format| files_of(&door.cluster, door.key.as_deref(), std::slice::from_ref(format)).ok());
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
        let seen = seen(steps, &chains, &progress);
        for (chain, progress) in chains.iter().zip(progress) {
            let is_recorded = chain.steps.iter().all(|step| seen[*step] == Seen::Done);
            if !is_recorded && progress != Progress::Before {
                self.tidy(chain)?;
            }
        }
        Ok(seen)
    }

    fn drift(&self, recorded: &Recorded, clusters: &BTreeSet<Address>, watch: &dyn Watch) -> Vec<Place> {
        let mut places = Vec::new();
        let mut known = BTreeSet::new();
        let mut place = |path: &Utf8Path, clusters: Vec<Address>, observed: Observed| {
            let name = self.folder.root().join(path).into_string();
            places.push(Place { name, clusters, observed });
        };
        let doors = recorded.projects.values().flat_map(|home| {
            home.clusters.values().map(|cluster| {
                let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
                Door { cluster: cluster.clone(), key: key.cloned() }
            })
        });
        let mut all = 0;
        for door in doors {
            all += 1;
            let address = door.cluster.address();
            let folder = folder_of(&door.cluster);
            known.insert(folder.clone());
            if !clusters.contains(&address) {
                continue;
            }
            match watch.go_on().and_then(|()| self.of_cluster(&door)) {
                Err(why) => place(&folder, vec![address], Observed::Unknown(why)),
                Ok(files) => {
                    for (path, text) in files {
                        let observed = self.compare(&path, text.as_deref(), &address);
                        place(&path, vec![address.clone()], observed);
                    }
                }
            }
        }
        // Whoever asks for some clusters does not ask what else is there.
        if clusters.len() == all {
            match self.folder.files() {
                Err(why) => place(Utf8Path::new(""), Vec::new(), Observed::Unknown(why)),
                Ok(files) => {
                    let strangers = files
                        .iter()
                        .filter(|path| path.parent().is_some_and(|folder| !known.contains(folder)));
                    for (path, cluster) in strangers.filter_map(|path| Some((path, cluster_of(path)?))) {
                        place(path, Vec::new(), self.compare(path, None, &cluster));
                    }
                }
            }
        }
        places.sort_by(|one, other| one.name.cmp(&other.name));
        places
    }
}
