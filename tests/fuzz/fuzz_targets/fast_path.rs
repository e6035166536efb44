//! Any text, by the fast path and by the parser.
#![no_main]

#[path = "../../it/invariants.rs"]
#[expect(dead_code, reason = "each target uses one of the invariants")]
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &str| invariants::fast_path(text));
