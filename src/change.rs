//! A change of a cluster that holds data, for all who judge it, plan it or carry it out.

use crate::model::Cluster;
use crate::topology::{Node, NodeId, Topology};

/// A cluster that holds data before and after a change.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The cluster as it runs.
    pub before: &'a Topology,
    /// The cluster as it will run.
    pub after: &'a Topology,
    /// The node whose disk is gone, where that is the reason for the change.
    pub lost: Option<NodeId>,
    /// What both were resolved from.
    pub files: Files<'a>,
}

/// The cluster files of a change.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// That of the cluster as it runs.
    pub before: &'a Cluster,
    /// That of the cluster as it will run.
    pub after: &'a Cluster,
}

impl<'a> Change<'a> {
    /// The new nodes, by id.
    pub fn added(&self) -> Vec<&'a Node> {
        let is_new = |node: &&Node| self.before.node(node.id).is_none();
        self.after.nodes.iter().filter(is_new).collect()
    }

    /// The nodes that the new file does not have, a lost one among them, by id.
    pub fn removed(&self) -> Vec<&'a Node> {
        let is_gone = |node: &&Node| self.after.node(node.id).is_none();
        self.before.nodes.iter().filter(is_gone).collect()
    }

    /// The removed nodes that can still be drained: all but a lost one, by id.
    pub fn leaving(&self) -> Vec<&'a Node> {
        let mut leaving = self.removed();
        leaving.retain(|node| Some(node.id) != self.lost);
        leaving
    }

    /// The nodes that stay, each as it is and as it will be, by id.
    pub fn kept(&self) -> impl Iterator<Item = (&'a Node, &'a Node)> {
        let (before, after) = (self.before, self.after);
        let both = move |new: &'a Node| Some((before.node(new.id)?, new));
        after.nodes.iter().filter_map(both)
    }

    /// Whether both ask for the same copies, however they are written.
    pub fn keeps_replication(&self) -> bool {
        let (before, after) = (self.before, self.after);
        before.log_replication.is_same_as(&after.log_replication)
            && before
                .partition_replication
                .is_same_as(&after.partition_replication)
    }

    /// Whether snapshots go to another place.
    pub fn stores_elsewhere(&self) -> bool {
        let destination = |topology: &'a Topology| {
            let snapshots = topology.snapshots.as_ref();
            snapshots.map(|snapshots| &snapshots.destination)
        };
        let (before, after) = (self.before, self.after);
        destination(before) != destination(after)
            || !before.object_store.is_same_as(&after.object_store)
    }
}
