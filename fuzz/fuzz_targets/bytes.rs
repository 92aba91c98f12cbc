//! Any bytes as a cluster file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| restate_gen_fuzz::run(bytes));
