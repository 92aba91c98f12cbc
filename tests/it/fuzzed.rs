//! Files that fuzzing found: each made the tool panic, hang or break a promise once.

use std::fs;
use std::path::Path;

use crate::arbitrary_file::run;
use crate::golden::files_below;

#[test]
fn what_fuzzing_found_stays_mended() {
    let files = files_below(Path::new("tests/data/fuzz"));
    assert!(!files.is_empty());
    for file in files {
        run(&fs::read(&file).expect("readable"));
    }
}

#[test]
fn every_example_goes_the_whole_way() {
    for file in files_below(Path::new("examples")) {
        run(&fs::read(&file).expect("readable"));
    }
}
