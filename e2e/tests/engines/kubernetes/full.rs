//! Everything that the short tier leaves out.

use anyhow::Result;

use super::flavors::{the_charts_values_make_a_cluster, the_operators_resource_makes_a_cluster};
use super::lost_volume::a_lost_node_is_replaced;
use super::rolling::{an_upgrade_loses_nothing, every_pod_may_go};
use super::start::starts_and_applies_again;
use super::{Shape, on_the_engine};

#[test]
fn five_nodes_start() -> Result<()> {
    let shape = Shape {
        nodes: "5",
        count: 5,
        ..Shape::USUAL
    };
    on_the_engine(|| starts_and_applies_again(shape))
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

/// Nodes that differ in their roles, so that there are several StatefulSets.
const KINDS: Shape = Shape {
    nodes: "[{id: 1, name: alpha}, {group: base, count: 2, first_id: 2}, {group: work, count: 2, first_id: 10, roles: [worker]}]",
    count: 5,
    ..Shape::USUAL
};

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
    on_the_engine(|| a_lost_node_is_replaced(Shape::USUAL, 1))
}

#[test]
fn a_middle_node_is_replaced_after_its_volume_is_lost() -> Result<()> {
    on_the_engine(|| a_lost_node_is_replaced(Shape::USUAL, 2))
}

#[test]
fn the_resource_for_the_operator_makes_a_cluster() -> Result<()> {
    on_the_engine(|| the_operators_resource_makes_a_cluster(Shape::USUAL))
}

#[test]
fn the_values_for_the_chart_make_a_cluster() -> Result<()> {
    on_the_engine(|| the_charts_values_make_a_cluster(Shape::USUAL))
}
