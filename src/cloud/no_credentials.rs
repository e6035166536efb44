//! Why there are no credentials.

use std::fmt;

/// Each source that was tried, and why it gave nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoCredentials {
    tried: Vec<(String, String)>,
}

impl NoCredentials {
    /// Takes in that a source gave nothing. No reason holds a secret.
    pub fn tried(&mut self, source: impl Into<String>, why: impl Into<String>) {
        self.tried.push((source.into(), why.into()));
    }

    /// The same with what was tried after it.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.tried.extend(later.tried);
        self
    }
}

impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are no credentials")?;
        for (number, (source, why)) in self.tried.iter().enumerate() {
            write!(f, "{} {source}: {why}", if number == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for NoCredentials {}
