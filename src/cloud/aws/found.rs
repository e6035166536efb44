//! What a source of credentials gives.

use super::credentials::Credentials;

/// What a source gives.
pub(super) enum Found {
    Credentials(Credentials),
    /// It is not set up; why nothing is there.
    Nothing(String),
    /// It is set up, and fails: the next source could act as somebody else.
    Failed(String),
}

impl From<Result<Credentials, String>> for Found {
    fn from(found: Result<Credentials, String>) -> Self {
        found.map_or_else(Self::Failed, Self::Credentials)
    }
}
