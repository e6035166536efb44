//! keyplan: plan and apply for SSH access.

pub mod apply;
pub mod check;
pub mod cli;
pub mod diagnostics;
pub mod model;
pub mod node_files;
pub mod plan;
pub mod planner;
pub mod report;
pub mod rules;
pub mod source;
pub mod ssh;
pub mod state;
pub mod targets;
pub mod verify;
