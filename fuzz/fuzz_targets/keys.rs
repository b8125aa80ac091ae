#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|key: &str| landfall_fuzz::match_key(key));
