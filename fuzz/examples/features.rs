//! Does nothing. `scripts/fuzz` builds it beside the targets: where an example is built, cargo takes the features of tests,
//! and so the dependencies that `cargo test` has built already.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|_bytes: &[u8]| {});
