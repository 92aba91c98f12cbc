//! All of it: every version, both stores, three and five nodes, every node lost.

use anyhow::Result;

use super::application::an_application_in_the_project_is_left_alone;
use super::backup::{
    a_backup_is_what_comes_back, a_killed_script_is_run_again, what_does_not_fit_is_refused,
};
use super::facts::every_setting_is_heard;
use super::folders::folders_of_somebody_else_hold_the_data;
use super::full_disk::a_node_whose_disk_was_full_is_whole_again;
use super::guided::{a_lost_node_is_replaced, a_removed_node_stays_away};
use super::hosts::{
    a_cpu_limit_fits_a_host_with_one_core, clusters_of_different_bases_run_side_by_side,
    proxies_of_the_client_stand_between_nobody,
    services_on_the_host_and_of_other_projects_are_called,
};
use super::import::{Named, a_server_started_by_hand_is_taken_over};
use super::joined::an_application_in_the_same_project_is_called;
use super::killed::killed_nodes_lose_nothing;
use super::leftovers::{
    a_leftover_volume_is_named_and_deleted, no_cluster_next_to_the_data_of_another_server,
};
use super::lost_volume::{Restart, a_lost_volume_is_loud_and_safe};
use super::memory::memory_stays_within_the_limit;
use super::mounted::requests_are_signed_with_a_key_of_the_host;
use super::refounding::no_cluster_is_founded_over_lost_data;
use super::restart::everything_is_there_after_down_and_up;
use super::rollout::a_changed_variable_is_applied_without_a_pause;
use super::start::starts_and_starts_again;
use super::start_time::starting_takes_no_longer_than_by_hand;
use super::store_key::the_nodes_key_is_for_the_bucket_alone;
use super::tight_cpus::peers_stay_alive_within_the_cpu_limit;
use super::{NEWEST, STORES, Shape, VERSIONS, on_the_engine};

/// Three nodes with every version and every store, but for what the short tier covers.
#[test]
fn three_nodes_start_with_every_version_and_store() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            for store in STORES {
                let shape = Shape {
                    nodes: 3,
                    version,
                    store,
                };
                starts_and_starts_again(shape)?;
            }
        }
        Ok(())
    })
}

#[test]
fn the_nodes_key_is_for_the_bucket_alone_and_can_be_changed() -> Result<()> {
    on_the_engine(|| {
        for store in STORES {
            the_nodes_key_is_for_the_bucket_alone(Shape {
                store,
                ..Shape::USUAL
            })?;
        }
        Ok(())
    })
}

#[test]
fn five_nodes_start_and_start_again() -> Result<()> {
    on_the_engine(|| {
        for store in STORES {
            starts_and_starts_again(Shape {
                nodes: 5,
                version: NEWEST,
                store,
            })?;
        }
        Ok(())
    })
}

#[test]
fn a_key_of_the_host_signs_requests() -> Result<()> {
    on_the_engine(requests_are_signed_with_a_key_of_the_host)
}

#[test]
fn a_node_killed_under_load_loses_nothing() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            killed_nodes_lose_nothing(Shape {
                version,
                ..Shape::USUAL
            })?;
        }
        Ok(())
    })
}

#[test]
fn any_node_without_its_volume_founds_no_second_cluster() -> Result<()> {
    on_the_engine(|| {
        for lost in 1..=3 {
            for restart in [Restart::Alone, Restart::Together] {
                a_lost_volume_is_loud_and_safe(Shape::USUAL, lost, restart)?;
            }
        }
        Ok(())
    })
}

#[test]
fn node_1_without_its_volume_is_safe_with_every_version() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            let shape = Shape {
                version,
                ..Shape::USUAL
            };
            a_lost_volume_is_loud_and_safe(shape, 1, Restart::Together)?;
        }
        Ok(())
    })
}

#[test]
fn provisioning_again_over_lost_data_is_refused() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            no_cluster_is_founded_over_lost_data(Shape {
                version,
                ..Shape::USUAL
            })?;
        }
        Ok(())
    })
}

#[test]
fn everything_is_there_after_a_restart_of_all() -> Result<()> {
    on_the_engine(|| everything_is_there_after_down_and_up(Shape::USUAL))
}

#[test]
fn large_states_under_load_stay_within_the_memory_limit() -> Result<()> {
    on_the_engine(|| memory_stays_within_the_limit(Shape::USUAL))
}

#[test]
fn no_setting_of_the_file_is_ignored_by_any_version() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            for store in STORES {
                every_setting_is_heard(Shape {
                    nodes: 3,
                    version,
                    store,
                })?;
            }
        }
        Ok(())
    })
}

#[test]
fn starting_is_not_slower_than_by_hand() -> Result<()> {
    on_the_engine(|| starting_takes_no_longer_than_by_hand(Shape::USUAL))
}

#[test]
fn what_the_guide_backs_up_under_load_comes_back() -> Result<()> {
    on_the_engine(|| {
        for store in STORES {
            a_backup_is_what_comes_back(Shape {
                store,
                ..Shape::USUAL
            })?;
        }
        Ok(())
    })
}

#[test]
fn a_backup_that_does_not_fit_changes_nothing() -> Result<()> {
    on_the_engine(|| what_does_not_fit_is_refused(Shape::USUAL))
}

#[test]
fn a_backup_and_a_restore_that_are_killed_are_run_again() -> Result<()> {
    on_the_engine(|| a_killed_script_is_run_again(Shape::USUAL))
}

#[test]
fn a_node_without_its_disk_is_replaced_by_the_guide() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(Shape::USUAL))
}

#[test]
fn a_node_that_the_guide_removes_does_not_come_back() -> Result<()> {
    on_the_engine(|| {
        a_removed_node_stays_away(Shape {
            nodes: 4,
            ..Shape::USUAL
        })
    })
}

#[test]
fn a_changed_variable_restarts_one_node_at_a_time() -> Result<()> {
    on_the_engine(|| a_changed_variable_is_applied_without_a_pause(Shape::USUAL))
}

#[test]
fn no_peer_is_taken_for_dead_within_a_cpu_limit_that_draws_no_warning() -> Result<()> {
    on_the_engine(|| peers_stay_alive_within_the_cpu_limit(&[1.0, 0.5, 0.25, 0.1]))
}

#[test]
fn an_application_next_to_the_cluster_is_left_alone() -> Result<()> {
    on_the_engine(|| an_application_in_the_project_is_left_alone(Shape::USUAL))
}

#[test]
fn a_volume_of_an_earlier_cluster_is_named_and_deleted_by_the_guide() -> Result<()> {
    on_the_engine(|| a_leftover_volume_is_named_and_deleted(Shape::USUAL))
}

#[test]
fn a_single_servers_volume_is_never_provisioned_over() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            no_cluster_next_to_the_data_of_another_server(Shape {
                version,
                ..Shape::USUAL
            })?;
        }
        Ok(())
    })
}

#[test]
fn folders_of_somebody_else_hold_the_data_and_come_back_from_a_backup() -> Result<()> {
    on_the_engine(|| {
        for store in STORES {
            folders_of_somebody_else_hold_the_data(store)?;
        }
        Ok(())
    })
}

#[test]
fn proxies_of_the_client_are_in_nobodys_way() -> Result<()> {
    on_the_engine(|| {
        for version in VERSIONS {
            proxies_of_the_client_stand_between_nobody(Shape {
                version,
                ..Shape::USUAL
            })?;
        }
        Ok(())
    })
}

#[test]
fn services_outside_of_the_project_are_called() -> Result<()> {
    on_the_engine(|| services_on_the_host_and_of_other_projects_are_called(Shape::USUAL))
}

#[test]
fn three_clusters_run_side_by_side() -> Result<()> {
    on_the_engine(|| clusters_of_different_bases_run_side_by_side(&[11_000, 12_000, 13_000]))
}

#[test]
fn a_host_with_one_core_is_enough() -> Result<()> {
    on_the_engine(a_cpu_limit_fits_a_host_with_one_core)
}

#[test]
fn an_application_in_the_same_project() -> Result<()> {
    on_the_engine(an_application_in_the_same_project_is_called)
}

#[test]
fn a_full_disk_is_seen_and_healed_by_the_guide() -> Result<()> {
    on_the_engine(a_node_whose_disk_was_full_is_whole_again)
}

#[test]
fn the_first_commands_work_on_a_strangers_machine() -> Result<()> {
    on_the_engine(super::stranger::the_first_commands_work_on_a_strangers_machine)
}

#[test]
fn a_server_of_a_handwritten_file_is_taken_over() -> Result<()> {
    on_the_engine(|| a_server_started_by_hand_is_taken_over(Named::Yes))
}

#[test]
fn a_server_that_nobody_named_is_taken_over() -> Result<()> {
    on_the_engine(|| a_server_started_by_hand_is_taken_over(Named::No))
}
