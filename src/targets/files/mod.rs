//! The target `files`: the files from which nodes are born, in a folder that is then committed, or handed to
//! what makes nodes. One file for each cluster and format, at `PROJECT/CLUSTER/FILE`.
//!
//! All files of a cluster are looked at before the first is touched: where one of them is not what keyplan
//! wrote, none is. New ones are written before old ones go. After an apply that was interrupted, what stands
//! under a name that was not recorded is taken away.

pub mod folder;
pub mod tree;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::transitions::{Came, ClusterTransition, TransitionState, delivered, seen, transitions};
use super::{Delivered, Observation, Progress, Target, TargetError, TargetErrorKind};
use crate::model::{Address, Differences, Edited, NodeFormat, Observed, Place, Recorded};
use crate::plan::{ClusterAccess, Delivery, Effect};
use folder::{FileEdit, Folder, FoundFile};
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
    fn turns(&self, effect: &Effect) -> Result<Vec<FileEdit>, TargetError> {
        let Effect { before, after } = effect;
        let is_unfinished = before.as_ref().is_some_and(ClusterAccess::is_partially_applied);
        let desired = |access: &ClusterAccess| {
            files_of(&access.cluster, access.key.as_deref(), &self.formats).map_err(unsupported)
        };
        let mut after = after.as_ref().map(desired).transpose()?.unwrap_or_default();
        let mut turns = Vec::new();
        for format in NodeFormat::ALL {
            let written = before.as_ref().map(|access| written(access, &[*format])).unwrap_or_default();
            for (path, text) in written {
                let turn = FileEdit { after: after.remove(&path), before: Some(text), path, is_unfinished };
                let is_asked_for = self.formats.contains(format);
                // A file in a format that was asked for once goes, unless somebody has made it their own.
                if is_asked_for || self.folder.has(&turn.path, turn.before.as_deref())? {
                    turns.push(turn);
                }
            }
        }
        turns.extend(after.into_iter().map(|(path, text)| FileEdit {
            path,
            before: None,
            after: Some(text),
            is_unfinished,
        }));
        turns.sort_by_key(|turn| turn.after.is_none());
        Ok(turns)
    }

    /// Does what all clusters mean for files, and tells the outcome of each.
    fn act(&self, transitions: &[ClusterTransition], progress: &dyn Progress) -> Vec<Came> {
        let mut work =
            Work { failed: vec![None; transitions.len()], touched: BTreeSet::new(), due: BTreeMap::new() };
        for (number, transition) in transitions.iter().enumerate() {
            match self.turns(&transition.whole) {
                Err(error) => work.failed[number] = Some(Undone::Failed(error)),
                Ok(turns) => turns.into_iter().for_each(|turn| work.add(number, turn)),
            }
        }
        work.look(&self.folder);
        // New files are written before old ones go.
        for is_new in [true, false] {
            for (turn, of) in work.due.values().filter(|(turn, _)| turn.after.is_some() == is_new) {
                if of.iter().any(|transition| work.failed[*transition].is_some()) {
                    continue;
                }
                let taken = progress.go_on().map_err(Undone::NotTried);
                match taken.and_then(|()| self.folder.take(turn).map_err(Undone::Failed)) {
                    Ok(()) => work.touched.extend(of),
                    Err(why) => of.iter().for_each(|transition| work.failed[*transition] = Some(why.clone())),
                }
            }
        }
        let came = |(number, failed): (usize, Option<Undone>)| match failed {
            None => Came::Done(1),
            Some(Undone::NotTried(why)) if !work.touched.contains(&number) => Came::Untried(why),
            Some(undone) => {
                let transition = &transitions[number];
                let is_touched = self.progress(transition) != Ok(TransitionState::Before);
                if is_touched {
                    // What cannot be taken away shows as drift.
                    let _ = self.tidy(transition);
                }
                Came::Failed { error: undone.into(), places: 1, is_touched }
            }
        };
        work.failed.into_iter().enumerate().map(came).collect()
    }

    /// How far a cluster has come, by its files.
    fn progress(&self, transition: &ClusterTransition) -> Result<TransitionState, TargetError> {
        let files = |access: &ClusterAccess| written(access, &self.formats);
        let before = transition.whole.before.as_ref().map(files).unwrap_or_default();
        let after = transition.whole.after.as_ref().map(files).unwrap_or_default();
        let (mut is_before, mut is_after) = (true, true);
        for path in transition.accesses().flat_map(|access| files(access).into_keys()) {
            is_before &= self.folder.has(&path, before.get(&path).map(String::as_str))?;
            is_after &= self.folder.has(&path, after.get(&path).map(String::as_str))?;
        }
        Ok(match (is_after, is_before) {
            (true, _) => TransitionState::After,
            (false, true) => TransitionState::Before,
            (false, false) => TransitionState::Between,
        })
    }

    /// Takes away what keyplan wrote under names that the cluster has not kept: it would be nobody's.
    fn tidy(&self, transition: &ClusterTransition) -> Result<(), TargetError> {
        let files = |access: &ClusterAccess| written(access, NodeFormat::ALL);
        let kept = transition.whole.before.as_ref().map(files).unwrap_or_default();
        for (path, text) in transition.accesses().flat_map(files) {
            if !kept.contains_key(&path) && self.folder.has(&path, Some(&text))? {
                self.folder.take(&FileEdit {
                    path,
                    before: Some(text),
                    after: None,
                    is_unfinished: false,
                })?;
            }
        }
        Ok(())
    }

    /// What stands in the place of one file of a cluster.
    fn compare(&self, path: &Utf8Path, text: Option<&str>, cluster: &Address) -> Observed {
        let differences = |missing: bool, extra: bool, edited: bool| {
            let named = |is: bool| is.then(|| cluster.clone()).into_iter();
            let (missing, extra) = (named(missing).collect(), named(extra).collect());
            let edited = named(edited).map(Edited::whole).collect();
            Observed::Known(Differences { missing, extra, edited, ..Differences::default() })
        };
        match (self.folder.look(path), text) {
            (Err(error), _) => Observed::Unknown(error.why),
            (Ok(FoundFile::Other(what)), _) => Observed::Broken(format!("it is {what}, or lies behind one")),
            (Ok(FoundFile::Nothing), text) => differences(text.is_some(), false, false),
            (Ok(FoundFile::File(_)), None) => differences(false, true, false),
            (Ok(FoundFile::File(bytes)), Some(text)) => differences(false, false, bytes != text.as_bytes()),
        }
    }

    /// The files that a recorded cluster has or is to have: with what is to be in them.
    fn of_cluster(
        &self,
        access: &ClusterAccess,
    ) -> Result<BTreeMap<Utf8PathBuf, Option<String>>, TargetError> {
        let mut files = BTreeMap::new();
        for format in NodeFormat::ALL.iter().filter(|format| !self.formats.contains(format)) {
            // In a format that was asked for once, unless somebody has made it their own.
            for (path, text) in written(access, std::slice::from_ref(format)) {
                if self.folder.has(&path, Some(&text))? {
                    files.insert(path, None);
                }
            }
        }
        let asked_for = files_of(&access.cluster, access.key.as_deref(), &self.formats);
        let asked_for = asked_for.map_err(unsupported)?;
        files.extend(asked_for.into_iter().map(|(path, text)| (path, Some(text))));
        Ok(files)
    }
}

/// Why a cluster is not as it was to be.
#[derive(Clone, Debug)]
enum Undone {
    Failed(TargetError),
    /// Nothing more was begun: why.
    NotTried(String),
}

impl From<Undone> for TargetError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Failed(error) => error,
            Undone::NotTried(why) => Self::unreachable(why),
        }
    }
}

fn unsupported(why: String) -> TargetError {
    TargetError::new(TargetErrorKind::Unsupported, why)
}

/// What is to be done to files, each by all clusters that it belonged or is to belong to.
struct Work {
    /// Why a cluster is not as it was to be.
    failed: Vec<Option<Undone>>,
    touched: BTreeSet<usize>,
    due: BTreeMap<Utf8PathBuf, (FileEdit, BTreeSet<usize>)>,
}

impl Work {
    fn add(&mut self, transition: usize, turn: FileEdit) {
        match self.due.get_mut(&turn.path) {
            None => drop(self.due.insert(turn.path.clone(), (turn, [transition].into()))),
            // A name that one cluster gives away and another one takes.
            Some((known, of)) => {
                known.before = known.before.take().or(turn.before);
                known.after = known.after.take().or(turn.after);
                known.is_unfinished |= turn.is_unfinished;
                of.insert(transition);
            }
        }
    }

    /// Looks at all files. A cluster one of whose files is not as expected fails, and so does every other one of
    /// that file.
    fn look(&mut self, folder: &Folder) {
        self.due.retain(|_, (turn, of)| match folder.is_due(turn) {
            Ok(is_due) => is_due,
            Err(error) => {
                for transition in of.iter() {
                    self.failed[*transition] = Some(Undone::Failed(error.clone()));
                }
                false
            }
        });
        loop {
            let mut is_settled = true;
            for (_, of) in self.due.values() {
                let Some(why) = of.iter().find_map(|transition| self.failed[*transition].clone()) else {
                    continue;
                };
                for transition in of {
                    is_settled &= self.failed[*transition].is_some();
                    self.failed[*transition].get_or_insert_with(|| why.clone());
                }
            }
            if is_settled {
                return;
            }
        }
    }
}

/// The files of a cluster in those of these formats that can carry it. In what is desired all of them can, or
/// there is no plan; but between two changes a cluster may have a key that it is about to lose.
fn written(access: &ClusterAccess, formats: &[NodeFormat]) -> BTreeMap<Utf8PathBuf, String> {
    let each = formats.iter().filter_map(|format| {
        files_of(&access.cluster, access.key.as_deref(), std::slice::from_ref(format)).ok()
    });
    each.flatten().collect()
}

impl Target for Files {
    fn apply(&self, delivery: &Delivery<'_>, progress: &dyn Progress) -> Delivered {
        let transitions = transitions(delivery);
        let came = self.act(&transitions, progress);
        delivered(&delivery.steps, &transitions, &came, Vec::new(), progress)
    }

    fn observe(&self, delivery: &Delivery<'_>) -> Result<Observation, TargetError> {
        let transitions = transitions(delivery);
        let progress =
            transitions.iter().map(|transition| self.progress(transition)).collect::<Result<Vec<_>, _>>()?;
        let seen = seen(&delivery.steps, &transitions, &progress);
        for (transition, progress) in transitions.iter().zip(progress) {
            if !transition.is_done(&seen.done) && progress != TransitionState::Before {
                self.tidy(transition)?;
            }
        }
        Ok(seen)
    }

    fn drift(
        &self,
        recorded: &Recorded,
        clusters: &BTreeSet<Address>,
        progress: &dyn Progress,
    ) -> Result<Vec<Place>, TargetError> {
        let mut places = Vec::new();
        let mut known = BTreeSet::new();
        let mut place = |path: &Utf8Path, clusters: Vec<Address>, observed: Observed| {
            let name = self.folder.root().join(path).into_string();
            places.push(Place { name, resources: clusters, observed, note: None });
        };
        let accesses = recorded.projects.values().flat_map(|home| {
            home.clusters.values().map(|cluster| {
                let key = cluster.ssh_key.as_ref().and_then(|key| home.keys.get(key));
                ClusterAccess { cluster: cluster.clone(), key: key.cloned() }
            })
        });
        let mut all = 0;
        for access in accesses {
            all += 1;
            let address = access.cluster.address();
            let folder = folder_of(&access.cluster);
            known.insert(folder.clone());
            if !clusters.contains(&address) {
                continue;
            }
            match progress.go_on().and_then(|()| self.of_cluster(&access).map_err(|error| error.why)) {
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
                Err(error) => place(Utf8Path::new(""), Vec::new(), Observed::Unknown(error.why)),
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
        Ok(places)
    }
}
