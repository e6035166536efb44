//! The language server, asked by a client over the standard input and output of the binary.

mod actions;
mod asking;
mod client;
mod findings;
mod life;
#[cfg(unix)]
mod links;
mod renaming;
