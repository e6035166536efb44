//! A fleet in memory: machines that have several names, sshds that refuse keys or read another file, and calls that
//! fail, or kill keyplan, at a chosen moment.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::block::KeyFile;
use super::super::desired::Login;
use super::super::line::keys_of;
use super::super::transport::{Found, GoesOn, NodeSession, Nodes, Replaced};
use crate::openssh::client::{LoginKey, Sharing};
use crate::openssh::{Fingerprint, PublicKey};
use crate::targets::{Progress, TargetError};

/// From where keyplan comes.
const CLIENT: &str = "192.0.2.1";

/// What a killed keyplan leaves: nothing but its name.
pub(super) struct Killed;

/// What goes wrong, and when: at which call of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// keyplan is killed before the call.
    KillBefore(usize),
    /// keyplan is killed after the call.
    KillAfter(usize),
    /// A SIGTERM comes: nothing more may be begun.
    Stop(usize),
    /// The call fails, and did nothing.
    FailBefore(usize),
    /// The call fails, and did all.
    FailAfter(usize),
}

/// A file of a machine: of which machine, and whose.
pub(super) type FileOf = (char, Box<str>);

/// All that is so in the fleet.
#[derive(Clone, Debug)]
pub(super) struct Inner {
    pub(super) files: BTreeMap<FileOf, Vec<u8>>,
    /// Keys that the sshd of a machine refuses.
    pub(super) refuses: BTreeSet<(char, Fingerprint)>,
    /// Machines whose sshd reads another file.
    pub(super) elsewhere: BTreeSet<char>,
    pub(super) fault: Fault,
    pub(super) calls: usize,
    /// Keys that blocks may hold in each file.
    pub(super) may_open: BTreeSet<(FileOf, Fingerprint)>,
    /// Keys that must open each file all the time.
    pub(super) must_open: BTreeSet<(FileOf, Fingerprint)>,
    /// The key that keyplan comes in with, where it must not lock itself out.
    pub(super) own: Fingerprint,
    pub(super) may_lock_out: bool,
}

/// A fleet that is changed from anywhere.
pub(super) struct Fleet(Mutex<Inner>);

/// The machine that a name leads to: its first letter says it.
pub(super) fn file_of(login: &Login) -> FileOf {
    (login.node.host.chars().next().unwrap_or('?'), login.user.clone())
}

pub(super) fn parsed(bytes: Option<&Vec<u8>>) -> KeyFile {
    KeyFile::parse(bytes.map_or(&[][..], Vec::as_slice)).unwrap()
}

/// The keys in blocks.
pub(super) fn in_blocks(file: &KeyFile) -> BTreeSet<Fingerprint> {
    let blocks = file.clusters().into_iter().filter_map(|cluster| file.block(cluster));
    blocks.flatten().flat_map(keys_of).collect()
}

impl Inner {
    /// Whether a key opens a file.
    pub(super) fn opens(&self, file: &FileOf, key: &Fingerprint) -> bool {
        // That one lets keyplan in wherever it goes.
        if *key == self.own {
            return true;
        }
        let bytes = self.files.get(file).map_or(&[][..], Vec::as_slice);
        let is_there = bytes.split(|byte| *byte == b'\n').any(|line| keys_of(line).contains(key));
        is_there && !self.elsewhere.contains(&file.0) && !self.refuses.contains(&(file.0, *key))
    }

    /// Whether a key opens a file to a client that comes from where keyplan is.
    fn opens_from_here(&self, file: &FileOf, key: &Fingerprint) -> bool {
        let bytes = self.files.get(file).map_or(&[][..], Vec::as_slice);
        let lets_in_here = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            !line.contains("from=") || line.contains(&format!("from=\"{CLIENT}\""))
        };
        let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| keys_of(line).contains(key));
        *key == self.own || (self.opens(file, key) && lines.any(lets_in_here))
    }

    /// What has to be so at every moment.
    fn check(&self) {
        for (file, bytes) in &self.files {
            for key in in_blocks(&parsed(Some(bytes))) {
                assert!(self.may_open.contains(&(file.clone(), key)), "{key} is let in on {file:?}");
            }
        }
        for (file, key) in &self.must_open {
            assert!(self.opens(file, key), "{key} is locked out of {file:?}");
        }
    }
}

impl Fleet {
    pub(super) fn new(own: Fingerprint) -> Self {
        Self(Mutex::new(Inner {
            files: BTreeMap::new(),
            refuses: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
            fault: Fault::None,
            calls: 0,
            may_open: BTreeSet::new(),
            must_open: BTreeSet::new(),
            own,
            may_lock_out: false,
        }))
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call: it may fail or kill before it, and after it.
    fn call<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> Result<T, TargetError> {
        let mut inner = self.inner();
        let number = inner.calls;
        inner.calls += 1;
        let fault = inner.fault;
        match fault {
            Fault::KillBefore(at) if at == number => {
                drop(inner);
                resume_unwind(Box::new(Killed));
            }
            Fault::FailBefore(at) if at == number => return Err(TargetError::unreachable("dropped before")),
            _ => {}
        }
        let done = act(&mut inner);
        match fault {
            Fault::KillAfter(at) if at == number => {
                drop(inner);
                resume_unwind(Box::new(Killed));
            }
            Fault::FailAfter(at) if at == number => Err(TargetError::unreachable("dropped after")),
            _ => Ok(done),
        }
    }
}

impl Nodes for &'static Fleet {
    fn session<'a>(&'a self, login: &Login, _: &'a GoesOn<'a>) -> Box<dyn NodeSession + 'a> {
        Box::new(FleetSession { fleet: self, file: file_of(login), is_open: false })
    }
}

/// A login that ends with the first call that fails, and when it is paused.
struct FleetSession {
    fleet: &'static Fleet,
    file: FileOf,
    is_open: bool,
}

impl FleetSession {
    fn call<T>(&mut self, act: impl FnOnce(&mut Inner) -> T) -> Result<T, TargetError> {
        let done = self.fleet.call(act);
        self.is_open = done.is_ok();
        done
    }
}

impl NodeSession for FleetSession {
    fn observe(&mut self, _: Sharing) -> Result<Found, TargetError> {
        let file = self.file.clone();
        self.call(|inner| Found {
            file: inner.files.get(&file).cloned(),
            own_key: LoginKey::Key(inner.own),
            client: Some(CLIENT.parse().unwrap()),
            sshd: None,
        })
    }

    fn replace(&mut self, old: Option<&[u8]>, new: &[u8]) -> Result<Replaced, TargetError> {
        if !self.is_open {
            return Err(TargetError::unreachable("the login has ended"));
        }
        let file = self.file.clone();
        self.call(|inner| {
            let there = inner.files.get(&file).cloned();
            if there.as_deref() != old {
                return Replaced::Changed;
            }
            let (before, after) = (parsed(there.as_ref()), KeyFile::parse(new).unwrap());
            let foreign = |file: &KeyFile| file.foreign().collect::<Vec<_>>().concat();
            let (kept, all) = (foreign(&after), foreign(&before));
            assert!(kept == all || kept == [all, b"\n".to_vec()].concat(), "a foreign line is lost");
            let is_lost = before.lets_in(&inner.own) && !after.lets_in(&inner.own);
            assert!(!is_lost || inner.may_lock_out, "keyplan locks itself out");
            inner.files.insert(file, new.to_vec());
            inner.check();
            Replaced::Done
        })
    }

    fn accepts(&mut self, keys: &[&PublicKey]) -> Vec<Result<bool, TargetError>> {
        // A connection of its own: the login does not end with it.
        let answers = self.fleet.call(|inner| {
            keys.iter().map(|key| inner.opens_from_here(&self.file, key.fingerprint())).collect::<Vec<_>>()
        });
        match answers {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); keys.len()],
        }
    }

    fn pause(&mut self) {
        self.is_open = false;
    }
}

impl Progress for &'static Fleet {
    fn go_on(&self) -> Result<(), String> {
        let inner = self.inner();
        match inner.fault {
            Fault::Stop(at) if at <= inner.calls => Err("interrupted".into()),
            _ => Ok(()),
        }
    }

    fn done(&self) {}

    fn node_done(&self) {}
}
