//! Changes for which there is no safe order, or none in one go.

use std::collections::BTreeSet;

use super::Change;
use crate::model::Role;
use crate::topology::{NodeId, Topology};

/// Why there is no plan: one phrase, and the way out as an imperative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Why there is no plan for the change, where there is none. What the rules on changes have errors against is not asked
/// again.
pub fn refusal(change: &Change) -> Option<Refusal> {
    let refused = |message: &str, help: &str| {
        Some(Refusal {
            message: message.to_owned(),
            help: help.to_owned(),
        })
    };
    let Change {
        before,
        after,
        lost,
    } = *change;
    let ids = |topology: &Topology| -> BTreeSet<NodeId> {
        topology.nodes.iter().map(|node| node.id).collect()
    };
    let (old, new) = (ids(before), ids(after));
    let added = new.difference(&old).count();
    let removed = old.difference(&new).filter(|id| Some(**id) != lost).count();
    if before == after {
        return refused(
            "nothing changes",
            "change the file, or name another number of nodes",
        );
    }
    if let Some(lost) = lost {
        if new.contains(&lost) || removed > 0 || added != 1 {
            return refused(
                "one node takes the place of a lost one, and no other comes or goes with it",
                "replace one node at a time",
            );
        }
        let is_log_server = before
            .nodes_with(Role::LogServer)
            .any(|node| node.id == lost);
        if is_log_server && before.log_replication.copies() < 2 {
            return refused(
                "the lost node had the only copy of its part of the log",
                "restore a backup; there is nothing to heal it from",
            );
        }
    } else if added > 0 && removed > 0 {
        return refused(
            "nodes come and go at once",
            "where a node lost its disk, run `restate-gen replace` with its name; else let the new ones come first, then the others go",
        );
    }
    if added + removed > 0 && before.snapshots.is_none() {
        return refused(
            "the cluster has no snapshots: new nodes have nothing to start from, and the log is never trimmed, so no node becomes empty",
            "give it an `object_store` first, see what that takes with `restate-gen plan`, then change the nodes",
        );
    }
    let member = |topology: &Topology| -> BTreeSet<NodeId> {
        let members = topology.nodes_with(Role::MetadataServer);
        members.map(|node| node.id).collect()
    };
    let mut staying = member(before);
    staying.retain(|id| Some(*id) != lost && member(after).contains(id));
    if staying.is_empty() {
        return refused(
            "no metadata server stays: the quorum that knows where everything is would be gone",
            "let at least one of the old metadata servers keep that role",
        );
    }
    None
}
