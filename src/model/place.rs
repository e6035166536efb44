//! What is observed where keys were put: in each place, as far as it differs from what is recorded.

use super::Address;

/// A place where keys are put: a user on a node, for example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called, as in `spectro@10.0.0.11`.
    pub name: String,
    /// The clusters that are recorded to be there, in order.
    pub clusters: Vec<Address>,
    pub observed: Observed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    Known(Differences),
    /// It is not what keyplan writes, and cannot be read as such: why.
    Broken(String),
    /// It could not be seen: why.
    Unknown(String),
}

/// In what a place differs from what is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Clusters whose block is not there.
    pub missing: Vec<Address>,
    /// Clusters that have a block there and should not.
    pub extra: Vec<Address>,
    /// Clusters whose block holds something else.
    pub edited: Vec<Address>,
    /// Lines of others that sshd reads. They are no difference.
    pub foreign_lines: usize,
}

impl Observed {
    /// Whether something else is there than is recorded.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        match self {
            Self::Known(Differences { missing, extra, edited, foreign_lines: _ }) => {
                !(missing.is_empty() && extra.is_empty() && edited.is_empty())
            }
            Self::Broken(_) => true,
            Self::Unknown(_) => false,
        }
    }
}
