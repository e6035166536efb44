//! Integration tests.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests stop at the first surprise, read their fixtures, and say what they skip"
)]

mod key_cases;
mod private_keys;
