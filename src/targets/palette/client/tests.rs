//! The client against a transport that answers from a table.

mod answers;
mod errors;
mod lists;
mod table;
