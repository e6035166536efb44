//! The target `palette` without Palette: what its REST API is, as a contract, and a fake that keeps it.

mod apply;
mod cli;
mod client_laws;
mod contract;
mod drift;
mod example;
mod faithful;
pub(crate) mod fake;
pub(crate) mod import;
mod import_laws;
mod pace;
mod page;
