//! A state in Azure Blob Storage: the laws of every store over a fake, and the binary beside it.

mod azurite;
mod binary;
pub(crate) mod fake;
mod signature;

crate::object_laws::object_laws!(fake::InProcess);
