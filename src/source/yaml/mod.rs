//! YAML as one flat array of nodes with byte spans, and what was wrong with the text.

mod arena;
mod decode;
mod events;
mod fault;
mod scalar;

pub use arena::{Document, Kind, Node, NodeId, Style, Yaml};
pub use decode::{DecodeError, decode, decode_without};
pub use events::read;
pub use fault::Fault;
pub use scalar::Plain;
