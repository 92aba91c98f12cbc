//! Which steps, and in which order: what must be there before it is needed, and nothing goes before it is needed no more.

use std::collections::BTreeSet;

use super::survival::{Count, Survival};
use super::{Action, Change, Condition, Kind, ScalePlan, Step};
use crate::model::{ReplicationProperty, Role};
use crate::topology::{Node, NodeId, Topology};

/// The steps of a change that the rules have no error against.
///
/// Quorums grow before they are needed and shrink after: nodes start before the replication rises, the replication falls
/// before nodes go, and a node goes only when no copy counts on it.
pub fn plan(change: &Change) -> ScalePlan {
    let mut planner = Planner::new(change);
    let Change {
        before,
        after,
        lost,
    } = *change;
    let ids = |topology: &Topology| -> BTreeSet<NodeId> {
        topology.nodes.iter().map(|node| node.id).collect()
    };
    let (old, new) = (ids(before), ids(after));
    let added: Vec<NodeId> = new.difference(&old).copied().collect();
    let removed: Vec<NodeId> = old
        .difference(&new)
        .copied()
        .filter(|id| Some(*id) != lost)
        .collect();
    let rolled: Vec<NodeId> = rolled(before, after);
    let differs = before.log_replication != after.log_replication
        || before.partition_replication != after.partition_replication;
    let has_snapshots = before.snapshots.is_some();

    planner.step(Action::Check);
    if let Some(lost) = lost {
        planner.step(Action::Clear { node: lost });
        if planner.members.contains(&lost) {
            planner.step(Action::LeaveQuorum { node: lost });
        }
    }
    // A node that joins starts from a snapshot, and one that restarts has less of the log to read. Where snapshots go
    // elsewhere from now on, nothing is trimmed before there are some.
    let same_place =
        before.snapshots == after.snapshots && before.object_store == after.object_store;
    if has_snapshots && same_place && (!added.is_empty() || !rolled.is_empty()) {
        planner.step(Action::Snapshot);
    }
    if !added.is_empty() {
        planner.step(Action::Start { nodes: added });
    }
    if differs {
        planner.step(Action::SetReplication {
            log: after.log_replication.clone(),
            partition: after.partition_replication.clone(),
        });
        // What was written before is on fewer nodes until it is trimmed.
        if has_snapshots && becomes_more(before, after) {
            planner.step(Action::Snapshot);
        }
    }
    if !removed.is_empty() {
        planner.step(Action::Drain {
            nodes: removed.clone(),
        });
        for node in planner.leaving(&removed) {
            planner.step(Action::LeaveQuorum { node });
        }
        planner.step(Action::Empty {
            nodes: removed.clone(),
        });
        planner.step(Action::Stop {
            nodes: removed.clone(),
        });
        planner.step(Action::Forget { nodes: removed });
    }
    if let Some(lost) = lost {
        planner.step(Action::GiveUp { node: lost });
        planner.step(Action::Forget { nodes: vec![lost] });
    }
    if !rolled.is_empty() {
        // A server that finds itself a member again when it restarts would stay one.
        for node in planner.leaving(&rolled) {
            planner.step(Action::LeaveQuorum { node });
        }
        let joining = planner.joining(&rolled);
        planner.step(Action::Roll { nodes: rolled });
        if !joining.is_empty() {
            planner.step(Action::JoinQuorum { nodes: joining });
        }
    }
    if !same_place && after.snapshots.is_some() {
        planner.step(Action::Snapshot);
    }
    planner.step(Action::Settle);
    planner.finished()
}

/// The nodes that stay and have another configuration: their own, or one that all have.
fn rolled(before: &Topology, after: &Topology) -> Vec<NodeId> {
    let everywhere = !is_same_for_all(before, after);
    after
        .nodes
        .iter()
        .filter(|node| {
            let mut olds = before.nodes.iter();
            let old = olds.find(|old| old.id == node.id);
            old.is_some_and(|old| {
                everywhere || !old.is_like(node) || old.host_ports != node.host_ports
            })
        })
        .map(|node| node.id)
        .collect()
}

/// Whether nothing that every node is told differs.
fn is_same_for_all(before: &Topology, after: &Topology) -> bool {
    let peers = |topology: &Topology| -> Vec<String> {
        let members = topology.nodes_with(Role::MetadataServer);
        members.map(|node| node.name.clone()).collect()
    };
    // Destructured, so that what is new in a topology has to be decided on here.
    let Topology {
        cluster_name,
        release,
        image,
        nodes: _,
        partitions,
        log_replication,
        partition_replication,
        snapshots,
        object_store,
        volumes: _,
        private_bind,
        ingress_bind,
        published,
        telemetry,
        compose_project: _,
        kubernetes: _,
        nomad: _,
    } = before;
    *cluster_name == after.cluster_name
        && *release == after.release
        && *image == after.image
        && *partitions == after.partitions
        && *log_replication == after.log_replication
        && *partition_replication == after.partition_replication
        && *snapshots == after.snapshots
        && *object_store == after.object_store
        && *private_bind == after.private_bind
        && *ingress_bind == after.ingress_bind
        && *published == after.published
        && *telemetry == after.telemetry
        && peers(before) == peers(after)
}

/// Whether there shall be more copies of something.
fn becomes_more(before: &Topology, after: &Topology) -> bool {
    after.log_replication.copies() > before.log_replication.copies()
        || after.partition_replication.copies() > before.partition_replication.copies()
}

/// The cluster as it stands between the steps.
struct Planner<'t> {
    change: &'t Change<'t>,
    /// The nodes that the cluster counts on, by id.
    nodes: Vec<&'t Node>,
    members: BTreeSet<NodeId>,
    /// Log servers whose copies are reckoned with.
    log_servers: BTreeSet<NodeId>,
    workers: BTreeSet<NodeId>,
    log: &'t ReplicationProperty,
    partition: &'t ReplicationProperty,
    /// The copies that the oldest part of the log has.
    oldest_copies: u8,
    steps: Vec<Step>,
    before: Survival,
}

impl<'t> Planner<'t> {
    fn new(change: &'t Change<'t>) -> Self {
        let before = change.before;
        let with =
            |role| -> BTreeSet<NodeId> { before.nodes_with(role).map(|node| node.id).collect() };
        let mut planner = Self {
            change,
            nodes: before.nodes.iter().collect(),
            members: with(Role::MetadataServer),
            log_servers: with(Role::LogServer),
            workers: with(Role::Worker),
            log: &before.log_replication,
            partition: &before.partition_replication,
            oldest_copies: before.log_replication.copies(),
            steps: Vec::new(),
            before: Survival {
                log: 0,
                metadata: 0,
                partitions: 0,
            },
        };
        planner.before = planner.survival(None);
        planner
    }

    fn finished(self) -> ScalePlan {
        let Change {
            before,
            after,
            lost,
        } = *self.change;
        let name_of = |id: NodeId| {
            let mut nodes = before.nodes.iter();
            nodes
                .find(|node| node.id == id)
                .map(|node| node.name.clone())
        };
        let kind = if let Some(lost) = lost.and_then(name_of) {
            Kind::Replace { lost }
        } else if before.nodes.len() != after.nodes.len() {
            Kind::Scale {
                from: before.nodes.len(),
                to: after.nodes.len(),
            }
        } else if before.release != after.release {
            Kind::Upgrade {
                from: before.release.text(),
                to: after.release.text(),
            }
        } else if before.log_replication != after.log_replication {
            Kind::Replication {
                from: before.log_replication.copies(),
                to: after.log_replication.copies(),
            }
        } else {
            Kind::Configure
        };
        ScalePlan {
            kind,
            steps: self.steps,
            before: self.before,
        }
    }

    /// The members of the quorum among the nodes that shall be none.
    fn leaving(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        let stays = |id: &NodeId| {
            let mut members = self.change.after.nodes_with(Role::MetadataServer);
            members.any(|node| node.id == *id)
        };
        let leaves = |id: &&NodeId| self.members.contains(id) && !stays(id);
        nodes.iter().filter(leaves).copied().collect()
    }

    /// The nodes that shall be members of the quorum and are none.
    fn joining(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        let joins = |id: &NodeId| {
            let mut members = self.change.after.nodes_with(Role::MetadataServer);
            members.any(|node| node.id == *id) && !self.members.contains(id)
        };
        nodes.iter().filter(|id| joins(id)).copied().collect()
    }

    fn step(&mut self, action: Action) {
        let needs = self.needs(&action);
        let start = self.survival(self.down_during(&action));
        self.carry_out(&action);
        let after = self.survival(None);
        let waits = self.waits(&action);
        self.steps.push(Step {
            action,
            needs,
            waits,
            during: start.at_worst(after),
            after,
        });
    }

    /// The node that is down while the action goes on, one at a time.
    fn down_during(&self, action: &Action) -> Option<NodeId> {
        match action {
            // Whichever weighs most: a member of the quorum is a log server in all but rare files.
            Action::Roll { nodes } => nodes
                .iter()
                .max_by_key(|id| (self.members.contains(id), self.log_servers.contains(id)))
                .copied(),
            _ => None,
        }
    }

    fn survival(&self, also_down: Option<NodeId>) -> Survival {
        let count = |nodes: &BTreeSet<NodeId>| {
            let is_down = |id: &&NodeId| self.change.lost == Some(**id) || also_down == Some(**id);
            Count {
                all: nodes.len(),
                down: nodes.iter().filter(is_down).count(),
            }
        };
        // What is on fewer copies counts, and what needs more nodes up does.
        let log_servers = count(&self.log_servers);
        let of = |copies: u8| {
            Survival::of(
                log_servers,
                usize::from(copies),
                count(&self.members),
                count(&self.workers),
            )
        };
        of(self.log.copies()).at_worst(of(self.oldest_copies))
    }

    /// What every step but those for a lost node needs: all that is counted on is there.
    fn is_whole(&self) -> Vec<Condition> {
        let lost = self.change.lost;
        let alive = self.nodes.iter().map(|node| node.id);
        let mut conditions = vec![Condition::Alive(
            alive.filter(|id| Some(*id) != lost).collect(),
        )];
        conditions.push(Condition::PartitionsActive {
            partitions: self.change.before.partitions,
            copies: self.partition.copies(),
        });
        conditions
    }

    fn quorum(&self) -> Condition {
        Condition::Quorum(self.members.iter().copied().collect())
    }

    fn needs(&self, action: &Action) -> Vec<Condition> {
        let mut needs = self.is_whole();
        match action {
            Action::Check => {
                if let Some(lost) = self.change.lost {
                    needs.push(Condition::Down(vec![lost]));
                } else {
                    needs.push(self.quorum());
                }
                needs.push(Condition::Replication {
                    log: self.log.clone(),
                    partition: self.partition.clone(),
                });
            }
            Action::LeaveQuorum { .. } => needs.push(self.quorum()),
            Action::Stop { nodes } => {
                needs.push(Condition::NoLogOn(nodes.clone()));
                needs.push(Condition::NoPartitionOn(nodes.clone()));
                needs.push(self.quorum());
            }
            Action::GiveUp { node } => {
                needs.push(Condition::Down(vec![*node]));
                needs.push(self.quorum());
            }
            Action::Clear { node } => needs.push(Condition::Down(vec![*node])),
            Action::Forget { nodes } => {
                needs.push(Condition::Down(nodes.clone()));
                needs.push(self.quorum());
            }
            Action::Snapshot
            | Action::Start { .. }
            | Action::JoinQuorum { .. }
            | Action::Roll { .. }
            | Action::SetReplication { .. }
            | Action::Drain { .. }
            | Action::Empty { .. }
            | Action::Settle => {}
        }
        needs
    }

    /// Does to the cluster as it stands what the action does.
    fn carry_out(&mut self, action: &Action) {
        let after = self.change.after;
        match action {
            Action::Check | Action::Settle | Action::Clear { .. } | Action::GiveUp { .. } => {}
            // The log as it is afterwards was written under the replication that holds.
            Action::Snapshot => self.oldest_copies = self.log.copies(),
            Action::LeaveQuorum { node } => {
                self.members.remove(node);
            }
            Action::Start { nodes } => {
                let is_new = |node: &&Node| nodes.contains(&node.id);
                let new: Vec<&Node> = after.nodes.iter().filter(is_new).collect();
                for node in &new {
                    for (role, nodes) in [
                        (Role::MetadataServer, &mut self.members),
                        (Role::LogServer, &mut self.log_servers),
                        (Role::Worker, &mut self.workers),
                    ] {
                        if node.has(role) {
                            nodes.insert(node.id);
                        }
                    }
                }
                self.nodes.extend(new);
                self.nodes.sort_by_key(|node| node.id);
            }
            Action::Roll { nodes } => {
                for node in after.nodes.iter().filter(|node| nodes.contains(&node.id)) {
                    for (role, nodes) in [
                        (Role::LogServer, &mut self.log_servers),
                        (Role::Worker, &mut self.workers),
                    ] {
                        if node.has(role) {
                            nodes.insert(node.id);
                        } else {
                            nodes.remove(&node.id);
                        }
                    }
                }
            }
            Action::JoinQuorum { nodes } => self.members.extend(nodes),
            Action::SetReplication { .. } => {
                self.oldest_copies = self.oldest_copies.min(after.log_replication.copies());
                self.log = &after.log_replication;
                self.partition = &after.partition_replication;
            }
            Action::Drain { nodes } => {
                for node in nodes {
                    self.workers.remove(node);
                }
            }
            Action::Empty { nodes } => {
                self.oldest_copies = self.log.copies();
                for node in nodes {
                    self.log_servers.remove(node);
                }
            }
            Action::Stop { nodes } => self.nodes.retain(|node| !nodes.contains(&node.id)),
            Action::Forget { nodes } => {
                self.nodes.retain(|node| !nodes.contains(&node.id));
                for node in nodes {
                    self.log_servers.remove(node);
                    self.workers.remove(node);
                }
            }
        }
    }

    fn waits(&self, action: &Action) -> Vec<Condition> {
        match action {
            Action::Check | Action::Snapshot | Action::Clear { .. } | Action::GiveUp { .. } => {
                Vec::new()
            }
            Action::LeaveQuorum { .. } => vec![self.quorum()],
            // A node that has the role anew joins by itself only when it never was a member; the next step sees to it.
            Action::Roll { .. } => self.is_whole(),
            Action::Start { .. } | Action::JoinQuorum { .. } => {
                let mut waits = self.is_whole();
                waits.push(self.quorum());
                waits
            }
            Action::SetReplication { log, partition } => {
                let mut waits = vec![Condition::Replication {
                    log: log.clone(),
                    partition: partition.clone(),
                }];
                waits.extend(self.is_whole());
                waits
            }
            Action::Drain { nodes } => {
                let mut waits = vec![Condition::NoPartitionOn(nodes.clone())];
                waits.extend(self.is_whole());
                waits
            }
            Action::Empty { nodes } => vec![Condition::NoLogOn(nodes.clone())],
            Action::Stop { nodes } => vec![Condition::Down(nodes.clone())],
            Action::Forget { nodes } => vec![Condition::Unknown(nodes.clone())],
            Action::Settle => {
                let mut waits = self.is_whole();
                waits.push(self.quorum());
                waits.push(Condition::Replication {
                    log: self.change.after.log_replication.clone(),
                    partition: self.change.after.partition_replication.clone(),
                });
                waits
            }
        }
    }
}
