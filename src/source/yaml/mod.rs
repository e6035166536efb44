//! YAML as one flat array of nodes with byte spans, and what was wrong with the text.

mod arena;
mod character;
mod decode;
mod events;
mod fast_path;
mod limits;
mod offsets;
mod parser_error;
mod read;
mod scalar;
mod syntax_error;
mod whole_file;

pub use arena::{Children, Document, Entries, Kind, Node, NodeId, Style, Yaml};
pub use decode::{DecodeError, decode, decode_without};
pub use read::{plain_documents, read};
pub use scalar::Plain;
pub use syntax_error::SyntaxError;
pub use whole_file::read_with_parser;
