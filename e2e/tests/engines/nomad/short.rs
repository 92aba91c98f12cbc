//! What CI runs: the files as Nomad reads them, and a start.

use anyhow::Result;

use super::files::{every_example_is_formatted_and_valid, hostile_texts_stay_what_they_are};
use super::start::starts_and_starts_again;
use super::{Shape, on_the_engine};

#[test]
fn every_example_is_formatted_and_taken_for_valid() -> Result<()> {
    on_the_engine(every_example_is_formatted_and_valid)
}

#[test]
fn hostile_texts_come_out_of_hcl_as_they_went_in() -> Result<()> {
    on_the_engine(hostile_texts_stay_what_they_are)
}

#[test]
fn three_nodes_start_and_start_again() -> Result<()> {
    on_the_engine(|| starts_and_starts_again(Shape::USUAL))
}
