//! Integration tests.

mod key_cases;
