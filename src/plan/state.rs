//! The state of the cluster between the steps, and what it survives there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Plan, Purpose, Step};
use crate::change::Change;
use crate::model::{ReplicationProperty, Role};
use crate::topology::survival::{Count, Log, Survival, is_fulfilled, to_fail};
use crate::topology::{Node, NodeId};

/// Writes the steps down, and keeps the state that each leaves the cluster in.
pub struct Planner<'t> {
    pub(super) change: &'t Change<'t>,
    /// The nodes that the cluster counts on, as they run.
    pub(super) nodes: BTreeMap<NodeId, &'t Node>,
    pub(super) members: BTreeSet<NodeId>,
    /// Log servers that copies may be on.
    log_servers: BTreeSet<NodeId>,
    /// Log servers that take new records.
    writable: BTreeSet<NodeId>,
    workers: BTreeSet<NodeId>,
    pub(super) log: &'t ReplicationProperty,
    pub(super) partition: &'t ReplicationProperty,
    /// The copies that the oldest part of the log has.
    oldest_copies: u8,
    steps: Vec<Step>,
    before: Survival,
}

impl<'t> Planner<'t> {
    /// The cluster before the first step.
    pub fn new(change: &'t Change<'t>) -> Self {
        let before = change.before;
        let with =
            |role| -> BTreeSet<NodeId> { before.nodes_with(role).map(|node| node.id).collect() };
        let mut planner = Self {
            change,
            nodes: before.nodes.iter().map(|node| (node.id, node)).collect(),
            members: with(Role::MetadataServer),
            log_servers: with(Role::LogServer),
            writable: with(Role::LogServer),
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

    /// The plan of the steps so far.
    pub fn finished(self) -> Plan {
        Plan {
            purpose: Purpose::of(self.change),
            steps: self.steps,
            before: self.before,
        }
    }

    /// Whether the node is in the metadata quorum.
    pub fn is_member(&self, node: NodeId) -> bool {
        self.members.contains(&node)
    }

    /// Whether partitions have leaders: workers, for whom the log servers that are up fulfil the replication.
    pub fn has_leaders(&self) -> bool {
        self.up(&self.workers).next().is_some()
            && is_fulfilled(self.log, &self.locations(self.up(&self.writable)))
    }

    /// On how many nodes each partition is active at least, where it has a leader.
    pub(super) fn active_copies(&self) -> u8 {
        let copies = self.partition.copies();
        if is_fulfilled(self.partition, &self.locations(self.up(&self.workers))) {
            copies
        } else {
            // A lost worker took one copy, and no other node may have it.
            copies.saturating_sub(1).max(1)
        }
    }

    /// The same while any one node is down; none where nothing is active then.
    pub(super) fn active_copies_without_one(&self) -> Option<u8> {
        let copies = self.active_copies();
        let workers = self.locations(self.up(&self.workers));
        let has_room = to_fail(self.partition, &workers) > 1;
        (self.survival(None).nodes() > 0).then(|| {
            if has_room {
                copies
            } else {
                copies.saturating_sub(1).max(1)
            }
        })
    }

    /// Nodes take on what the files say; those that are to be members of the quorum join it. A server that is still a
    /// member when it restarts would stay one, so those that are not to be members leave before.
    pub fn roll(&mut self, nodes: Vec<NodeId>) {
        if nodes.is_empty() {
            return;
        }
        for node in self.leaving(nodes.iter().copied()) {
            self.step(Action::LeaveQuorum { node });
        }
        let shall_be = self.members_after();
        let is_missing = |id: &NodeId| shall_be.contains(id) && !self.members.contains(id);
        let joining: Vec<NodeId> = nodes.iter().copied().filter(is_missing).collect();
        self.step(Action::Roll { nodes });
        if !joining.is_empty() {
            self.step(Action::JoinQuorum { nodes: joining });
        }
    }

    /// Nodes give up what they have, each what it has, and go.
    pub fn remove(&mut self, removed: &[&Node]) {
        if removed.is_empty() {
            return;
        }
        let with = |roles: &[Role]| -> Vec<NodeId> {
            let has = |node: &&&Node| roles.iter().any(|role| node.has(*role));
            removed.iter().filter(has).map(|node| node.id).collect()
        };
        let holding = with(&[Role::LogServer, Role::Worker]);
        if !holding.is_empty() {
            self.step(Action::Drain { nodes: holding });
        }
        let nodes: Vec<NodeId> = removed.iter().map(|node| node.id).collect();
        for node in self.leaving(nodes.iter().copied()) {
            self.step(Action::LeaveQuorum { node });
        }
        let log_servers = with(&[Role::LogServer]);
        if !log_servers.is_empty() {
            self.step(Action::Empty { nodes: log_servers });
        }
        self.step(Action::Stop {
            nodes: nodes.clone(),
        });
        self.step(Action::Forget { nodes });
    }

    fn members_after(&self) -> BTreeSet<NodeId> {
        let members = self.change.after.nodes_with(Role::MetadataServer);
        members.map(|node| node.id).collect()
    }

    /// The members of the quorum among the nodes that are not to be members.
    fn leaving(&self, nodes: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
        let shall_be = self.members_after();
        nodes
            .filter(|id| self.members.contains(id) && !shall_be.contains(id))
            .collect()
    }

    /// One step more.
    pub fn step(&mut self, action: Action) {
        let rolling = match &action {
            Action::Roll { nodes } => nodes.clone(),
            _ => Vec::new(),
        };
        let was_log_server = self.log_servers.clone();
        let one_down = self.active_copies_without_one();
        let mut needs = self.needs(&action);
        let start = self.at_worst(&rolling);
        self.carry_out(&action);
        if !rolling.is_empty() {
            // They are checked before each restart, when some nodes have their new roles already.
            let copies = one_down.min(self.active_copies_without_one());
            needs = self.is_whole_but_one(copies);
        }
        // One that becomes a log server by its restart holds nothing while it is down.
        let is_as_before =
            |id: &NodeId| self.log_servers.contains(id) == was_log_server.contains(id);
        let rolling: Vec<NodeId> = rolling.into_iter().filter(is_as_before).collect();
        let end = self.at_worst(&rolling);
        let after = self.survival(None);
        let waits = self.waits(&action);
        self.steps.push(Step {
            action,
            needs,
            waits,
            during: start.at_worst(end),
            after,
        });
    }

    /// What is survived in the cluster as it stands while one of the nodes is down for its restart, whichever.
    fn at_worst(&self, rolling: &[NodeId]) -> Survival {
        // Those that do the same in the same place weigh the same.
        let weight = |id: &NodeId| {
            let location = self.nodes.get(id).map(|node| node.location.as_str());
            let roles = [
                &self.members,
                &self.log_servers,
                &self.writable,
                &self.workers,
            ];
            (location, roles.map(|nodes| nodes.contains(id)))
        };
        let distinct: BTreeMap<_, NodeId> = rolling.iter().map(|id| (weight(id), *id)).collect();
        let one_down = distinct.into_values().map(|id| self.survival(Some(id)));
        one_down.fold(self.survival(None), Survival::at_worst)
    }

    fn up<'s>(&'s self, nodes: &'s BTreeSet<NodeId>) -> impl Iterator<Item = NodeId> + 's {
        let is_lost = |id: &NodeId| self.change.lost == Some(*id);
        nodes.iter().copied().filter(move |id| !is_lost(id))
    }

    fn locations(&self, nodes: impl Iterator<Item = NodeId>) -> Vec<&str> {
        let nodes = nodes.filter_map(|id| self.nodes.get(&id));
        nodes.map(|node| node.location.as_str()).collect()
    }

    fn survival(&self, also_down: Option<NodeId>) -> Survival {
        let count = |nodes: &BTreeSet<NodeId>| {
            let down = [self.change.lost, also_down].into_iter().flatten();
            Count {
                all: nodes.len(),
                down: down.filter(|id| nodes.contains(id)).count(),
            }
        };
        let writable = self.up(&self.writable).filter(|id| Some(*id) != also_down);
        // What is on fewer copies counts, and what needs more nodes up does.
        let log = Log {
            replication: self.log,
            writable: self.locations(writable),
            fewest_copies: self.log.copies().min(self.oldest_copies).into(),
            down: count(&self.log_servers).down,
        };
        Survival::of(&log, count(&self.members), count(&self.workers))
    }

    /// Does to the cluster as it stands what the action does.
    fn carry_out(&mut self, action: &Action) {
        let after = self.change.after;
        match action {
            Action::Check
            | Action::Enlarge
            | Action::Mark
            | Action::Settle
            | Action::Clear { .. } => {}
            // The log as it is afterwards was written under the replication that holds.
            Action::Snapshot => self.oldest_copies = self.log.copies(),
            Action::LeaveQuorum { node } => {
                self.members.remove(node);
            }
            Action::Start { nodes } => {
                let nodes: BTreeSet<&NodeId> = nodes.iter().collect();
                let new = after.nodes.iter().filter(|node| nodes.contains(&node.id));
                for node in new {
                    self.nodes.insert(node.id, node);
                    self.take_on(node);
                    if node.has(Role::MetadataServer) {
                        self.members.insert(node.id);
                    }
                }
            }
            Action::Roll { nodes } => {
                let nodes: BTreeSet<&NodeId> = nodes.iter().collect();
                for node in after.nodes.iter().filter(|node| nodes.contains(&node.id)) {
                    self.nodes.insert(node.id, node);
                    self.take_on(node);
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
                    self.writable.remove(node);
                }
            }
            Action::Empty { nodes } => {
                self.oldest_copies = self.log.copies();
                for node in nodes {
                    self.log_servers.remove(node);
                }
            }
            Action::Stop { nodes } | Action::Forget { nodes } => {
                for node in nodes {
                    self.nodes.remove(node);
                    self.workers.remove(node);
                }
            }
        }
    }

    /// A node works with its roles by now.
    fn take_on(&mut self, node: &Node) {
        for (role, nodes) in [
            (Role::LogServer, &mut self.log_servers),
            (Role::LogServer, &mut self.writable),
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
