//! What CI runs: a start, and the loss of the node that provisioned.

use anyhow::Result;

use super::lost_volume::{Restart, a_lost_volume_is_loud_and_safe};
use super::start::starts_and_starts_again;
use super::tls::starts_with_tls_and_survives_a_kill;
use super::{Shape, on_the_engine};

#[test]
fn three_nodes_start_and_start_again() -> Result<()> {
    on_the_engine(|| starts_and_starts_again(Shape::USUAL))
}

#[test]
fn node_1_without_its_volume_founds_no_second_cluster_when_started_alone() -> Result<()> {
    on_the_engine(|| a_lost_volume_is_loud_and_safe(Shape::USUAL, 1, Restart::Alone))
}

#[test]
fn node_1_without_its_volume_founds_no_second_cluster_when_all_are_started() -> Result<()> {
    on_the_engine(|| a_lost_volume_is_loud_and_safe(Shape::USUAL, 1, Restart::Together))
}

#[test]
fn three_nodes_with_tls_start_and_survive_a_kill() -> Result<()> {
    on_the_engine(starts_with_tls_and_survives_a_kill)
}
