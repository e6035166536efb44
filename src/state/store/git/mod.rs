//! The state on a branch of a git repository, on which nothing else is. The user's own git reaches it, with all that
//! they have configured for that.
//!
//! A commit adds files to those of its parent, and is pushed for as long as that is the newest one
//! (`--force-with-lease`, which never moves a branch back): so a name is put where it is free, or not at all. Those who
//! wait while another one pushes are joined into one commit.

mod cache;
mod commit;
mod fault;
mod objects;
mod program;
mod remote;
mod session;
mod tree;
mod view;
mod waiting;

pub use remote::Branch;

use std::io;
use std::sync::{Mutex, PoisonError};

use camino::Utf8PathBuf;

use self::cache::Locked;
use self::fault::Fault;
use self::program::Git;
use self::session::{At, Session};
use self::waiting::Waiting;
use super::StateStore;
use super::error::{StoreError, StoreErrorKind};

/// A store on a branch.
#[derive(Debug)]
pub struct GitStore {
    branch: Branch,
    place: String,
    git: Git,
    session: Mutex<Session>,
    waiting: Waiting,
    /// Where there is no place for caches.
    _temporary: Option<tempfile::TempDir>,
}

/// What is done about a cache that is torn, in this order: another keyplan may have made it anew already.
const REPAIRS: [Repair; 2] = [Repair::Reopen, Repair::Remake];

#[derive(Clone, Copy, Debug)]
enum Repair {
    Reopen,
    Remake,
}

impl GitStore {
    /// The store on a branch, which need not exist yet. What was fetched is kept in a folder below `caches`, where there
    /// is one, and else until this is dropped.
    ///
    /// # Errors
    /// When there is no place for what is fetched.
    pub fn new(branch: Branch, place: String, caches: Option<Utf8PathBuf>) -> Result<Self, StoreError> {
        let (caches, temporary) = if let Some(caches) = caches {
            (caches, None)
        } else {
            let folder = tempfile::Builder::new().prefix("keyplan-git-").tempdir()?;
            let path = Utf8PathBuf::from_path_buf(folder.path().to_owned());
            (path.map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))?, Some(folder))
        };
        let digest = blake3::hash(format!("{}\0{}", branch.remote, branch.name).as_bytes()).to_hex();
        let git = Git::new(caches.join(&digest[..32]), branch.has_ssh);
        Ok(Self {
            branch,
            place,
            git,
            session: Mutex::default(),
            waiting: Waiting::default(),
            _temporary: temporary,
        })
    }

    /// Does something with the branch, again where the cache was torn.
    fn session<T>(&self, run: impl Fn(&mut Session, At<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut repairs = REPAIRS.into_iter();
        loop {
            let torn = match run(&mut session, At { git: &self.git, branch: &self.branch }) {
                Ok(done) => return Ok(done),
                Err(Fault::Store(error)) => return Err(error),
                Err(Fault::Torn(words)) => words,
            };
            *session = Session::default();
            match repairs.next() {
                Some(Repair::Reopen) => {}
                Some(Repair::Remake) => match Locked::take(&self.git) {
                    Ok(cache) => cache.delete()?,
                    Err(Fault::Store(error)) => return Err(error),
                    Err(Fault::Torn(words)) => return Err(unavailable(words)),
                },
                None => return Err(unavailable(torn)),
            }
        }
    }
}

fn unavailable(words: String) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, words)
        .with_help("see that `git ls-remote` with this remote works, and try again")
}

impl StateStore for GitStore {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.session(|session, at| session.get(at, name))
    }

    fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, StoreError> {
        self.session(|session, at| session.list(at, folder, after))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let is_part = |part: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_letter)
        };
        if !name.split('/').all(is_part) {
            return Err(StoreError::damaged("this is no name of an object"));
        }
        self.waiting.join(name, bytes, |files| self.session(|session, at| session.add(at, files)))
    }

    fn has_latency(&self) -> bool {
        true
    }

    fn place(&self) -> String {
        self.place.clone()
    }
}
