//! The target `palette`: Spectro Cloud Palette, over its REST API.

pub mod client;
mod uid;
pub mod wire;

pub use uid::Uid;
