//! What lets a request through at Azure Blob Storage: the key of an account, a shared access signature, or a token of
//! Entra ID, from the sources that Azure's own libraries know, and from `az`.

mod authority;
mod authorization;
mod az;
mod client;
mod credentials;
mod managed_identity;
mod resource;
mod shared_access;
mod shared_key;

pub use authorization::AzureAuthorization;
pub use credentials::AzureCredentials;
