//! YAML as one flat array of nodes with byte spans, and what was wrong with the text.

mod arena;
mod character;
mod decode;
mod events;
mod fault;
mod lane;
mod parser_error;
mod read;
mod scalar;

pub use arena::{Children, Document, Entries, Kind, Node, NodeId, Style, Yaml};
pub use decode::{DecodeError, decode, decode_without};
pub use events::read_with_parser;
pub use fault::Fault;
pub use read::{plain_documents, read};
pub use scalar::Plain;
