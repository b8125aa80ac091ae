#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| landfall_fuzz::decode("events_20190701_1.ndjson", bytes));
