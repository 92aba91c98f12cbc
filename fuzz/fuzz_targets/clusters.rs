//! Cluster files that are nearly sound: an example with some of its values changed, as the schema knows them or worse.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Unstructured::new(bytes);
    if let Ok(cluster) = restate_gen_fuzz::clusters::cluster(&mut choices) {
        restate_gen_fuzz::run(cluster.to_string().as_bytes());
    }
});
