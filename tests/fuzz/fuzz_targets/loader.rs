//! A file of any bytes, as declarations and as the file of a public key.
#![no_main]

#[path = "../../it/invariants.rs"]
#[expect(dead_code, reason = "each target uses one of the invariants")]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| invariants::loader(bytes));
