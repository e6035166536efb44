//! Integration tests.

mod key_cases;
mod private_keys;
