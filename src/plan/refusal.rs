//! Changes for which there is no safe order, or none in one go.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{is_same_replication, is_stored_elsewhere};
use super::{Action, Plan};
use crate::change::Change;
use crate::model::Role;
use crate::refusal::Refusal;
use crate::topology::nomad::Host;
use crate::topology::{NodeId, Topology};

/// Why there is no plan for the change, where there is none. What the rules on changes have errors against is not asked
/// again.
pub fn refusal(change: &Change) -> Option<Refusal> {
    let refused = |message: &str, help: &str| Some(Refusal::new(message, help));
    let Change {
        before,
        after,
        lost,
        files: _,
    } = *change;
    let added = change.added().len();
    let removed = change.leaving().len();
    if before == after {
        return refused(
            "nothing changes",
            "change the file, or pass another number of nodes",
        );
    }
    if let Some(lost) = lost {
        if after.node(lost).is_some() || removed > 0 || added != 1 {
            return refused(
                "one node replaces the lost one, and no other node may be added or removed with it",
                "replace one node at a time",
            );
        }
        let is_log_server = before
            .node(lost)
            .is_some_and(|node| node.has(Role::LogServer));
        if is_log_server && before.log_replication.copies() < 2 {
            return refused(
                "the lost node had the only copy of its part of the log",
                "restore a backup; no copy is left to recover from",
            );
        }
    } else if added > 0 && removed > 0 {
        return refused(
            "nodes are added and removed at once",
            "if a node lost its disk, run `restate-gen replace` with its name; else add the new nodes first, then remove the others",
        );
    }
    if added + removed > 0 && before.snapshots.is_none() {
        return refused(
            "the cluster has no snapshots: new nodes have nothing to start from, and the log is never trimmed, so no node can be drained",
            "add an `object_store` first (`restate-gen plan` shows the steps), then change the nodes",
        );
    }
    if after.volumes.size < before.volumes.size {
        return refused("existing volumes cannot shrink", "keep `volumes.size`");
    }
    if after.volumes.class != before.volumes.class {
        return refused(
            "existing volumes cannot change their class",
            "keep `volumes.class`",
        );
    }
    if let Some(refusal) = of_hosts(before, after) {
        return Some(refusal);
    }
    if let Some(refusal) = of_two_changes(change, added + removed > 0) {
        return Some(refusal);
    }
    of_the_quorum(change).or_else(|| of_roles(change))
}

/// Why the plan cannot be carried out where all files are applied at once, in the first step that applies any, by the
/// orchestrator of that name: what later steps prepare would happen too early.
pub fn refusal_at_once(plan: &Plan, orchestrator: &str) -> Option<Refusal> {
    let is_start = |action: &Action| matches!(action, Action::Start { .. });
    let is_roll = |action: &Action| matches!(action, Action::Roll { .. });
    let is_stop = |action: &Action| matches!(action, Action::Stop { .. });
    let is_leave = |action: &Action| matches!(action, Action::LeaveQuorum { .. });
    if follows(plan, |action| is_start(action) || is_roll(action), is_stop) {
        return Some(Refusal::new(
            format!(
                "some nodes are removed while others gain roles or move; {orchestrator} applies all files at once, so the removed nodes would stop before they are drained"
            ),
            "change the remaining nodes first, in a file that still lists the others; remove those in a second plan",
        ));
    }
    follows(plan, is_start, is_leave).then(|| {
        Refusal::new(
            format!(
                "nodes are added while a remaining one loses the role of metadata server; {orchestrator} applies all files at once, so it would restart before it leaves the quorum"
            ),
            "add the nodes first and keep the number of metadata servers; change that number in a second plan",
        )
    })
}

/// Whether a step of the one kind comes before one of the other.
fn follows(
    plan: &Plan,
    earlier: impl Fn(&Action) -> bool,
    later: impl Fn(&Action) -> bool,
) -> bool {
    let mut actions = plan.steps.iter().map(|step| &step.action);
    actions.any(earlier) && actions.any(later)
}

/// A remaining node of Nomad that would move to another host, away from its volume. A node's host follows from its
/// position.
fn of_hosts(before: &Topology, after: &Topology) -> Option<Refusal> {
    let hosts = |topology: &Topology| -> BTreeMap<NodeId, Host> {
        let nodes = topology.nodes.iter().map(|node| node.id);
        nodes.zip(topology.nomad.hosts.iter().cloned()).collect()
    };
    let (old, new) = (hosts(before), hosts(after));
    let moved = after.nodes.iter().find(|node| {
        let both = old.get(&node.id).zip(new.get(&node.id));
        both.is_some_and(|(old, new)| old != new)
    })?;
    Some(Refusal::new(
        format!(
            "{} would move to another of `nomad.hosts`, away from its volume",
            moved.name
        ),
        "list the hosts in the order of the new ids; if a node lost its disk, see A node lost its disk in OPERATIONS.md",
    ))
}

/// Changes that are possible one at a time, but not together.
fn of_two_changes(change: &Change, nodes_change: bool) -> Option<Refusal> {
    let (before, after) = (change.before, change.after);
    let replication_changes = !is_same_replication(before, after);
    // Nodes may come or go with another replication, the rest is for itself.
    let alone = [
        (before.release != after.release, "the version"),
        (
            is_stored_elsewhere(before, after),
            "where snapshots are kept",
        ),
        (
            before.volumes.size != after.volumes.size,
            "the size of volumes",
        ),
        (
            change.lost.is_some() && replication_changes,
            "the replication",
        ),
    ];
    let together = [
        (nodes_change, "the nodes"),
        (replication_changes, "the replication"),
    ];
    let mut differing = alone.into_iter().filter(|(differs, _)| *differs);
    let (_, what) = differing.next()?;
    let (_, other) = together
        .into_iter()
        .find(|(differs, _)| *differs)
        .or_else(|| differing.next())?;
    Some(Refusal::new(
        format!("{what} and {other} change at once: if a step fails, neither can be undone"),
        format!("change {other} first and {what} when that is done, or the other way round"),
    ))
}

/// Changes that no metadata quorum would survive.
fn of_the_quorum(change: &Change) -> Option<Refusal> {
    let Change {
        before,
        after,
        lost,
        files: _,
    } = *change;
    let members = |topology: &Topology| -> BTreeSet<NodeId> {
        let members = topology.nodes_with(Role::MetadataServer);
        members.map(|node| node.id).collect()
    };
    let was = members(before);
    let up = was.iter().filter(|id| Some(**id) != lost).count();
    if up > 0 && up * 2 <= was.len() {
        return Some(Refusal::new(
            "without the lost node the metadata quorum has no majority, and accepts no change",
            "restore a backup",
        ));
    }
    let shall_be = members(after);
    if !was
        .iter()
        .any(|id| Some(*id) != lost && shall_be.contains(id))
    {
        return Some(Refusal::new(
            "no metadata server remains: the quorum that knows where everything is would be lost",
            "keep that role on at least one of the old metadata servers",
        ));
    }
    None
}

/// Roles that nodes cannot give up while they stay, or not in one go.
fn of_roles(change: &Change) -> Option<Refusal> {
    for (old, new) in change.kept() {
        if old.has(Role::LogServer) && !new.has(Role::LogServer) {
            return Some(Refusal::new(
                format!(
                    "{} is no longer a log server: what it holds would be unreachable, and a drained log server never accepts records again",
                    new.name
                ),
                "add a node with the new roles, then remove the old one",
            ));
        }
        let takes_on = new.roles.iter().any(|role| !old.has(*role));
        let gives_up = [Role::Worker, Role::MetadataServer]
            .into_iter()
            .any(|role| old.has(role) && !new.has(role));
        if takes_on && gives_up {
            return Some(Refusal::new(
                format!(
                    "{} gains one role and loses another in one restart: other nodes may wait for the one and still need the other",
                    new.name
                ),
                "add roles first, and remove others when that is done",
            ));
        }
    }
    None
}
