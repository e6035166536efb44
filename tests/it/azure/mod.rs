//! A state in Azure Blob Storage: the laws of every store over a fake, and the binary beside it.

mod azurite;
mod binary;
mod fake;

crate::object_laws::object_laws!(crate::s3::fake::InProcess<crate::object_fakes::Faulty<fake::Container>>);
