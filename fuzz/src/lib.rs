//! What both targets need: the run of a file that the tests have too, and cluster files made from choices.

pub mod clusters;

/// The run is the tests' own, so that what was found here is replayed there, with nothing but Rust.
#[path = "../../tests/it/arbitrary_file.rs"]
mod arbitrary_file;

pub use arbitrary_file::run;
