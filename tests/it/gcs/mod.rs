//! A state in Google Cloud Storage: the laws of every store over a fake of its JSON API, and the binary beside it.

mod binary;
pub(crate) mod fake;
mod fake_gcs_server;
mod service_account;

crate::object_laws::object_laws!(fake::InProcess);
