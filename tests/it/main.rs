//! The tests of keyplan as a whole: one module per subject.

mod broken_acme;
mod generated;
mod layering;
mod licences;
mod rules;
mod support;
mod validate;
