//! Everything that the short tier leaves out.

use anyhow::Result;

use super::broken::{a_change_waits_for_a_broken_pod, a_faulty_change_ends_at_one_pod};
use super::dry_run::the_chart_makes_of_every_example_what_is_accepted;
use super::flavors::{the_charts_values_make_a_cluster, the_operators_resource_makes_a_cluster};
use super::lost_volume::{Entry, Lost, a_lost_node_is_replaced};
use super::mounted::requests_are_signed_with_a_key_from_a_secret;
use super::replication::the_replication_is_changed;
use super::resizing::nodes_are_added_and_removed;
use super::rolling::{an_upgrade_loses_nothing, every_pod_may_go};
use super::start::starts_and_applies_again;
use super::stopping::a_stopped_cluster_comes_back;
use super::strict::{
    ids_are_left_to_the_platform, ipv6_passes_but_for_the_families_that_the_cluster_lacks,
};
use super::tls::a_cluster_with_tls_loses_nothing;
use super::{Shape, on_the_engine};

const FIVE: Shape = Shape {
    nodes: "5",
    count: 5,
    ..Shape::USUAL
};

/// Nodes that differ in their roles, so that there are several StatefulSets.
const KINDS: Shape = Shape {
    nodes: "[{id: 1, name: alpha}, {group: base, count: 2, first_id: 2}, {group: work, count: 2, first_id: 10, roles: [worker]}]",
    count: 5,
    ..Shape::USUAL
};

/// Nodes with names of their own, each in a StatefulSet of its own.
const LIST: Shape = Shape {
    nodes: "[{id: 1, name: alpha}, {id: 2, name: beta}, {id: 3, name: gamma}]",
    count: 3,
    ..Shape::USUAL
};

/// The second of [`LIST`].
const BETA: Lost = Lost {
    entry: Some(Entry {
        old: "{id: 2, name: beta}",
        new: "{id: 4, name: delta}",
        set: "beta",
        pod: "delta-0",
    }),
    ..Lost::numbered(2, "beta-0")
};

/// The last of [`LIST`].
const GAMMA: Lost = Lost {
    entry: Some(Entry {
        old: "{id: 3, name: gamma}",
        new: "{id: 4, name: delta}",
        set: "gamma",
        pod: "delta-0",
    }),
    ..Lost::numbered(3, "gamma-0")
};

#[test]
fn five_nodes_start() -> Result<()> {
    on_the_engine(|| starts_and_applies_again(FIVE))
}

#[test]
fn three_nodes_with_seaweedfs_start() -> Result<()> {
    let shape = Shape {
        store: "seaweedfs",
        ..Shape::USUAL
    };
    on_the_engine(|| starts_and_applies_again(shape))
}

#[test]
fn three_nodes_of_the_oldest_version_start() -> Result<()> {
    let shape = Shape {
        version: "1.5.3",
        ..Shape::USUAL
    };
    on_the_engine(|| starts_and_applies_again(shape))
}

#[test]
fn nodes_of_several_kinds_start() -> Result<()> {
    on_the_engine(|| starts_and_applies_again(KINDS))
}

#[test]
fn pods_deleted_one_by_one_and_a_rollout_lose_nothing() -> Result<()> {
    on_the_engine(|| every_pod_may_go(Shape::USUAL))
}

#[test]
fn an_upgrade_by_one_line_loses_nothing() -> Result<()> {
    on_the_engine(|| {
        an_upgrade_loses_nothing(Shape {
            version: "1.7.10",
            ..Shape::USUAL
        })
    })
}

#[test]
fn an_upgrade_of_several_kinds_loses_nothing() -> Result<()> {
    on_the_engine(|| {
        an_upgrade_loses_nothing(Shape {
            version: "1.7.10",
            ..KINDS
        })
    })
}

#[test]
fn the_first_node_is_replaced_after_its_volume_is_lost() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(Shape::USUAL, Lost::numbered(1, "restate-1")))
}

#[test]
fn a_middle_node_is_replaced_after_its_volume_is_lost() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(Shape::USUAL, Lost::numbered(2, "restate-2")))
}

#[test]
fn a_node_of_five_that_is_no_metadata_server_is_replaced() -> Result<()> {
    let lost = Lost {
        metadata_server: false,
        ..Lost::numbered(4, "restate-4")
    };
    on_the_engine(|| a_lost_node_is_replaced(FIVE, lost))
}

#[test]
fn a_node_of_a_group_among_several_kinds_is_replaced() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(KINDS, Lost::numbered(2, "restate-base-2")))
}

#[test]
fn a_node_with_a_statefulset_of_its_own_is_replaced() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(LIST, BETA))
}

#[test]
fn a_change_waits_while_the_first_pod_is_broken() -> Result<()> {
    on_the_engine(|| a_change_waits_for_a_broken_pod(Shape::USUAL, Lost::numbered(1, "restate-1")))
}

#[test]
fn a_change_waits_while_the_last_of_several_statefulsets_is_broken() -> Result<()> {
    on_the_engine(|| a_change_waits_for_a_broken_pod(LIST, GAMMA))
}

#[test]
fn a_faulty_change_takes_one_pod() -> Result<()> {
    on_the_engine(|| a_faulty_change_ends_at_one_pod(Shape::USUAL))
}

#[test]
fn a_faulty_change_takes_one_pod_of_several_statefulsets() -> Result<()> {
    on_the_engine(|| a_faulty_change_ends_at_one_pod(LIST))
}

#[test]
fn nodes_come_and_go_by_the_guide() -> Result<()> {
    on_the_engine(|| nodes_are_added_and_removed(Shape::USUAL))
}

#[test]
fn five_nodes_keep_more_copies_by_the_guide() -> Result<()> {
    on_the_engine(|| the_replication_is_changed(FIVE))
}

#[test]
fn several_kinds_scaled_to_nothing_come_back() -> Result<()> {
    on_the_engine(|| a_stopped_cluster_comes_back(KINDS))
}

#[test]
fn the_resource_for_the_operator_makes_a_cluster() -> Result<()> {
    on_the_engine(|| the_operators_resource_makes_a_cluster(Shape::USUAL))
}

#[test]
fn every_example_rendered_by_the_chart_passes_the_strict_check_of_the_server() -> Result<()> {
    on_the_engine(the_chart_makes_of_every_example_what_is_accepted)
}

#[test]
fn the_values_for_the_chart_make_a_cluster() -> Result<()> {
    on_the_engine(|| the_charts_values_make_a_cluster(Shape::USUAL))
}

#[test]
fn a_key_from_a_secret_signs_requests() -> Result<()> {
    on_the_engine(requests_are_signed_with_a_key_from_a_secret)
}

#[test]
fn three_nodes_with_tls_lose_nothing() -> Result<()> {
    on_the_engine(a_cluster_with_tls_loses_nothing)
}

#[test]
fn a_strict_namespace_of_others_takes_pods_without_ids() -> Result<()> {
    on_the_engine(ids_are_left_to_the_platform)
}

#[test]
fn ipv6_passes_admission_but_for_the_families_of_the_cluster() -> Result<()> {
    on_the_engine(ipv6_passes_but_for_the_families_that_the_cluster_lacks)
}
