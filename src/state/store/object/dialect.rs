//! What differs from one object store to the next.

use jiff::Timestamp;

use super::super::StoreError;
use crate::http::{Request, Response};

/// A call of an object store. Names are whole, with the prefix of the state.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    Get {
        name: &'a str,
    },
    /// Puts an object where there is none.
    Create {
        name: &'a str,
        bytes: &'a [u8],
    },
    /// One page of the objects in a folder, and of the folders in it.
    List {
        /// Ends with a slash.
        folder: &'a str,
        /// What comes up to this may be left out.
        after: Option<&'a str>,
        /// What the page before said; nothing for the first one.
        page: Option<&'a str>,
    },
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Whole names; one of a folder ends with a slash.
    pub names: Vec<String>,
    /// What the next page is asked for with; nothing when this is the last one.
    pub next: Option<Box<str>>,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<T> {
    Done(T),
    /// The store asks to try again, and has done nothing; why, for when it lasts.
    Again(StoreError),
    /// The request was refused, and the dialect or the clock has learned from the answer what was wrong with it. The
    /// error is for when it is refused again.
    Corrected(StoreError),
    Failed(StoreError),
}

/// How one kind of store is spoken to.
///
/// An answer that the protocol does not know is an error: never that there is nothing, nor that something was done. A
/// dialect remembers what it has learned, of a region or of credentials, and is used by many threads.
pub trait Dialect: Send + Sync {
    /// The request for a call, signed at this time, which is that of the store.
    ///
    /// # Errors
    /// When there are no credentials, above all.
    fn request(&self, call: &Call<'_>, time: Timestamp) -> Result<Request, StoreError>;

    /// Whether a list begins behind the name that it is to come after, and not at the first one of the folder.
    fn lists_after(&self) -> bool {
        true
    }

    /// Nothing where the store has no object of that name. That the bucket is not there is an error.
    fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>>;

    /// Whether the name was free; `Again` only where nothing was done for certain. What may have been done is
    /// [`Ambiguous`](super::super::StoreErrorKind::Ambiguous): the writer reads what is there.
    fn created(&self, response: &Response) -> Verdict<bool>;

    /// A page of a folder, which ends with a slash.
    fn listed(&self, folder: &str, response: &Response) -> Verdict<Page>;
}
