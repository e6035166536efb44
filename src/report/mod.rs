//! What people and machines read: one file per view and format. Everything is written to the stream
//! that is handed over; nothing is decided here.

pub mod access;
pub mod applied;
pub mod diff;
pub mod drift;
pub mod explain;
pub mod findings;
pub mod html;
pub mod json_v1;
mod markdown;
mod page;
pub mod paths;
pub mod plan;
mod prose;
pub mod state;
pub mod state_log;
pub mod talk;
pub mod verify;
pub mod view;
