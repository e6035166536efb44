//! A state in Google Cloud Storage: the laws of every store over a fake of its JSON API, and the binary beside it.

mod binary;
mod fake;
mod fake_gcs_server;

crate::object_laws::object_laws!(crate::s3::fake::InProcess<crate::object_fakes::Faulty<fake::Bucket>>);
