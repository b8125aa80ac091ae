#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| landfall_fuzz::decode("spotprices_20181030_604329154527_us-west-2.json", bytes));
