//! What a token is for.

/// Blob Storage, whatever the account.
pub(super) const RESOURCE: &str = "https://storage.azure.com/";
