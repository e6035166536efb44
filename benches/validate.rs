//! Measures how long it takes to validate a workspace.

fn main() {}
