//! What still works while certain nodes are down.

use std::collections::BTreeSet;

use super::survival::{Count, is_fulfilled, majority};
use super::{Node, NodeId, Topology};
use crate::model::{ReplicationProperty, Role};

/// Nodes of a cluster that are down, the others being up.
#[derive(Debug, Clone)]
pub struct Outage<'t> {
    topology: &'t Topology,
    down: BTreeSet<NodeId>,
}

impl<'t> Outage<'t> {
    /// That these nodes are down.
    pub fn of(topology: &'t Topology, down: impl IntoIterator<Item = NodeId>) -> Self {
        Self {
            topology,
            down: down.into_iter().collect(),
        }
    }

    /// Whether the node is down.
    pub fn has(&self, node: &Node) -> bool {
        self.down.contains(&node.id)
    }

    /// The nodes with the role.
    pub fn count(&self, role: Role) -> Count {
        Count {
            all: self.topology.nodes_with(role).count(),
            down: self.locations(role, true).len(),
        }
    }

    /// Whether the log takes new records: the log servers that are up have room for all copies of one.
    pub fn takes_records(&self) -> bool {
        let up = self.locations(Role::LogServer, false);
        is_fulfilled(&self.topology.log_replication, &up)
    }

    /// Whether each record has a copy on a node that is up, whichever log servers have its copies.
    pub fn has_all_records(&self) -> bool {
        self.holds_no_set(Role::LogServer, &self.topology.log_replication)
    }

    /// Whether the metadata quorum has its majority.
    pub fn has_metadata(&self) -> bool {
        let members = self.count(Role::MetadataServer);
        members.up() >= majority(members)
    }

    /// Whether any node is left that runs partitions.
    pub fn runs_partitions(&self) -> bool {
        self.count(Role::Worker).up() > 0
    }

    /// Whether each partition has a copy on a node that is up, whichever workers have its copies.
    pub fn has_all_partitions(&self) -> bool {
        self.holds_no_set(Role::Worker, &self.topology.partition_replication)
    }

    /// Whether the nodes that are down cannot be all that hold copies of one thing.
    fn holds_no_set(&self, role: Role, property: &ReplicationProperty) -> bool {
        !is_fulfilled(property, &self.locations(role, true))
    }

    /// The locations of the nodes with the role that are down, or of those that are up.
    fn locations(&self, role: Role, down: bool) -> Vec<&'t str> {
        let nodes = self.topology.nodes_with(role);
        let nodes = nodes.filter(|node| self.has(node) == down);
        nodes.map(|node| node.location.as_str()).collect()
    }
}
