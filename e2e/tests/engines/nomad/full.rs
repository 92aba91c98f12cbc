//! Everything that the short tier leaves out.

use anyhow::Result;

use super::away::{a_drained_client_comes_back, each_node_goes_and_comes_back};
use super::backup::a_copy_of_all_volumes_comes_back;
use super::careful::{
    a_changed_secret_arrives_at_the_next_start, a_server_that_hangs_is_restarted,
    no_second_node_is_stopped,
};
use super::clients::{clients_come_and_go, the_client_of_the_store_is_lost};
use super::lost_volume::{a_lost_node_is_replaced, a_lost_volume_is_loud_and_safe};
use super::mounted::requests_are_signed_with_a_key_from_a_variable;
use super::refounding::no_cluster_is_founded_over_lost_data;
use super::resize::grows_and_shrinks;
use super::rollout::{Way, an_upgrade_loses_nothing};
use super::start::{nodes_are_where_the_file_says, starts_and_starts_again};
use super::{Shape, on_the_engine};

/// What is upgraded to the newest version.
const BEFORE: Shape = Shape {
    version: "1.7.10",
    ..Shape::USUAL
};

#[test]
fn five_nodes_start_and_start_again() -> Result<()> {
    on_the_engine(|| {
        starts_and_starts_again(Shape {
            nodes: 5,
            ..Shape::USUAL
        })
    })
}

#[test]
fn three_nodes_with_seaweedfs_start_and_start_again() -> Result<()> {
    on_the_engine(|| {
        starts_and_starts_again(Shape {
            store: "seaweedfs",
            ..Shape::USUAL
        })
    })
}

#[test]
fn three_nodes_of_the_oldest_version_start_and_start_again() -> Result<()> {
    on_the_engine(|| {
        starts_and_starts_again(Shape {
            version: "1.5.3",
            ..Shape::USUAL
        })
    })
}

#[test]
fn each_node_is_stopped_and_killed_under_load() -> Result<()> {
    on_the_engine(|| each_node_goes_and_comes_back(Shape::USUAL))
}

#[test]
fn copies_of_all_volumes_bring_the_cluster_back() -> Result<()> {
    on_the_engine(|| a_copy_of_all_volumes_comes_back(Shape::USUAL))
}

#[test]
fn a_client_is_drained_under_load() -> Result<()> {
    on_the_engine(|| a_drained_client_comes_back(Shape::USUAL))
}

#[test]
fn an_upgrade_node_by_node_loses_nothing() -> Result<()> {
    on_the_engine(|| an_upgrade_loses_nothing(BEFORE, Way::NodeByNode))
}

#[test]
fn an_upgrade_by_job_run_loses_nothing() -> Result<()> {
    on_the_engine(|| an_upgrade_loses_nothing(BEFORE, Way::AllAtOnce))
}

#[test]
fn the_volume_of_each_node_is_lost_in_turn() -> Result<()> {
    for lost in 1..=3 {
        on_the_engine(|| a_lost_volume_is_loud_and_safe(Shape::USUAL, lost))?;
    }
    Ok(())
}

#[test]
fn a_node_without_its_disk_is_replaced_by_the_guide() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(Shape::USUAL))
}

#[test]
fn nodes_are_added_and_removed_by_the_guide() -> Result<()> {
    on_the_engine(|| grows_and_shrinks(Shape::USUAL))
}

#[test]
fn a_rollout_stops_no_second_node() -> Result<()> {
    on_the_engine(|| no_second_node_is_stopped(Shape::USUAL))
}

#[test]
fn a_changed_secret_restarts_nothing() -> Result<()> {
    on_the_engine(|| a_changed_secret_arrives_at_the_next_start(Shape::USUAL))
}

#[test]
fn provisioning_again_over_lost_data_is_refused() -> Result<()> {
    on_the_engine(|| no_cluster_is_founded_over_lost_data(Shape::USUAL))
}

#[test]
fn a_node_is_where_the_file_says_and_a_second_one_is_not_beside_it() -> Result<()> {
    on_the_engine(nodes_are_where_the_file_says)
}

#[test]
fn a_key_from_a_variable_signs_requests() -> Result<()> {
    on_the_engine(requests_are_signed_with_a_key_from_a_variable)
}

#[test]
fn with_several_clients_one_is_drained_lost_and_comes_back() -> Result<()> {
    on_the_engine(clients_come_and_go)
}

#[test]
fn with_several_clients_that_of_the_store_is_lost() -> Result<()> {
    on_the_engine(the_client_of_the_store_is_lost)
}

#[test]
fn a_server_that_hangs_is_started_again() -> Result<()> {
    on_the_engine(|| a_server_that_hangs_is_restarted(Shape::USUAL))
}
