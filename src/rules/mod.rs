//! What is checked: one file per rule, with its documentation inside it, and the registry of all.
//! Rules see resources and texts, never bytes of a file.

pub mod unused_key;
