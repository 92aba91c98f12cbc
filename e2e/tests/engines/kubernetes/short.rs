//! What CI runs: a start, and what the API server says of every example.

use anyhow::Result;

use super::dry_run::every_example_is_accepted;
use super::start::starts_and_applies_again;
use super::{Shape, on_the_engine};

#[test]
fn three_nodes_start_and_a_second_apply_changes_nothing() -> Result<()> {
    on_the_engine(|| starts_and_applies_again(Shape::USUAL))
}

#[test]
fn every_example_passes_the_strict_check_of_the_server() -> Result<()> {
    on_the_engine(every_example_is_accepted)
}
