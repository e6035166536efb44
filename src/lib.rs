//! keyplan: plan and apply for SSH access.

pub mod diagnostics;
pub mod model;
pub mod proofs;
pub mod resolve;
pub mod rules;
pub mod source;
