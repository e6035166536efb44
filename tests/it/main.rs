//! The integration tests, in one binary: one link, and one place to look.

mod licences;
