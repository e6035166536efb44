//! Tokens for Google Cloud, from the sources that Google's own libraries know, and from `gcloud`.

mod authorized_user;
mod credential_file;
mod credentials;
mod external_account;
mod gcloud;
mod hosts;
mod impersonation;
mod metadata;
mod service_account;
mod subject_token;

pub use credentials::GoogleCredentials;
