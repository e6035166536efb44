//! A state on a branch of a git repository, with the git of this machine and bare repositories on its disk.

mod another_history;
mod cache;
mod program;
mod pushes;
mod refusals;
mod server;
mod writers;
