//! The tests of keyplan as a whole: one module per subject.

mod broken_acme;
mod generated;
mod key_cases;
mod layering;
mod licences;
mod private_keys;
mod rules;
mod support;
mod validate;
