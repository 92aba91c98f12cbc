//! All of it, but for what the short tier covers.

use anyhow::Result;

use super::changes::{
    a_newer_tool_leaves_the_version_alone, a_setting_is_changed, copies_become_more_and_fewer,
    grows_and_shrinks, one_node_becomes_three_and_one_again, versions_follow_each_other,
};
use super::faults::{
    a_disk_is_lost_in_the_middle_of_a_shrink, a_node_dies_in_the_middle_of_a_shrink,
    a_node_left_down_by_a_killed_run_is_started_by_the_next, lost_nodes_are_replaced,
};
use super::interruptions::{
    a_killed_run_goes_on_where_it_was, the_folder_is_applied_by_hand_at_every_step,
};
use super::on_the_engine;
use super::refusals::what_is_not_safe_is_refused;
use super::tls::tls_is_taken_on_step_by_step;

#[test]
fn three_nodes_become_seven_and_three_again() -> Result<()> {
    on_the_engine(|| grows_and_shrinks(&[3, 5, 7, 5, 3]))
}

#[test]
fn one_node_becomes_three_of_which_one_may_fail() -> Result<()> {
    on_the_engine(one_node_becomes_three_and_one_again)
}

#[test]
fn two_copies_become_three_and_two_again_on_five_nodes() -> Result<()> {
    on_the_engine(|| copies_become_more_and_fewer(5))
}

#[test]
fn two_copies_become_three_and_two_again_on_three_nodes() -> Result<()> {
    on_the_engine(|| copies_become_more_and_fewer(3))
}

#[test]
fn versions_follow_each_other_and_none_is_skipped() -> Result<()> {
    on_the_engine(versions_follow_each_other)
}

#[test]
fn a_newer_tool_upgrades_nothing_by_itself() -> Result<()> {
    on_the_engine(a_newer_tool_leaves_the_version_alone)
}

#[test]
fn a_setting_is_changed_without_a_stop() -> Result<()> {
    on_the_engine(a_setting_is_changed)
}

#[test]
fn a_run_killed_at_every_step_ends_where_it_would_have() -> Result<()> {
    on_the_engine(a_killed_run_goes_on_where_it_was)
}

#[test]
fn the_folder_applied_by_a_colleague_at_every_step_loses_nothing() -> Result<()> {
    on_the_engine(the_folder_is_applied_by_hand_at_every_step)
}

#[test]
fn a_node_left_down_by_a_killed_run_is_started() -> Result<()> {
    on_the_engine(a_node_left_down_by_a_killed_run_is_started_by_the_next)
}

#[test]
fn lost_nodes_are_replaced_on_three_nodes_node_1_first() -> Result<()> {
    on_the_engine(|| lost_nodes_are_replaced(3, &[1, 3]))
}

#[test]
fn lost_nodes_are_replaced_on_five_nodes_node_1_first() -> Result<()> {
    on_the_engine(|| lost_nodes_are_replaced(5, &[1, 4]))
}

#[test]
fn a_node_that_dies_in_the_middle_of_a_shrink_stops_it_safely() -> Result<()> {
    on_the_engine(a_node_dies_in_the_middle_of_a_shrink)
}

#[test]
fn a_disk_lost_in_the_middle_of_a_shrink_is_replaced_first() -> Result<()> {
    on_the_engine(a_disk_is_lost_in_the_middle_of_a_shrink)
}

#[test]
fn drift_two_runs_and_no_yes_are_refused() -> Result<()> {
    on_the_engine(what_is_not_safe_is_refused)
}

#[test]
fn tls_between_the_nodes_is_taken_on_under_load() -> Result<()> {
    on_the_engine(tls_is_taken_on_step_by_step)
}
