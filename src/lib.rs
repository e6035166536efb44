//! keyplan: plan and apply for SSH access.

pub mod apply;
pub mod cli;
pub mod declare;
pub mod diagnostics;
pub mod model;
pub mod nodes;
pub mod plan;
pub mod probe;
pub mod proofs;
pub mod render;
pub mod resolve;
pub mod rules;
pub mod source;
pub mod ssh;
pub mod state;
pub mod target;
pub mod validate;
