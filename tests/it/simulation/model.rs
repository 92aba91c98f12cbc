//! A cluster as far as plans are about it, made from what was seen of server 1.7.12, and from nothing of the planner.
//!
//! Whoever may choose, chooses badly: copies are where they are lost first, node sets stay as they are as long
//! as they can.

use std::rc::Rc;

use restate_gen::model::Role;
use restate_gen::plan::{Action, Condition};
use restate_gen::topology::{NodeId, Topology};

use super::places::{Copies, Nodes, Places, bit, bits, count, each};

/// A part of the log: the nodes that its records may be on, and the copies of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Segment {
    nodes: Nodes,
    copies: Copies,
}

/// What a node starts with: its roles, by nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Roles {
    members: Nodes,
    log_servers: Nodes,
    workers: Nodes,
}

impl Roles {
    fn of(topology: &Topology) -> Self {
        let with = |role| {
            topology
                .nodes_with(role)
                .fold(0, |bits, node| bits | bit(node.id))
        };
        Self {
            members: with(Role::MetadataServer),
            log_servers: with(Role::LogServer),
            workers: with(Role::Worker),
        }
    }

    fn take(&mut self, node: Nodes, other: &Self) {
        for (own, other) in [
            (&mut self.members, other.members),
            (&mut self.log_servers, other.log_servers),
            (&mut self.workers, other.workers),
        ] {
            *own = (*own & !node) | (other & node);
        }
    }
}

/// What the new files say.
#[derive(Debug)]
pub struct Files {
    pub nodes: Nodes,
    roles: Roles,
    places: Places,
    has_store: bool,
}

impl Files {
    pub fn of(after: &Topology) -> Self {
        Self {
            nodes: after.nodes.iter().fold(0, |bits, node| bits | bit(node.id)),
            roles: Roles::of(after),
            places: Places::of(after),
            has_store: after.snapshots.is_some(),
        }
    }

    pub fn members(&self) -> Nodes {
        self.roles.members
    }
}

/// Why an action did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The run was killed.
    Killed,
    /// The cluster refuses it, or what it needs is not there. The run stops, and says so.
    Refused(&'static str),
}

/// The cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Model {
    /// What the nodes run with.
    roles: Roles,
    places: Rc<Places>,
    /// In the nodes configuration.
    pub known: Nodes,
    pub running: Nodes,
    /// Whose process starts again and again, and ends for want of its disk.
    pub flapping: Nodes,
    /// Whose disks are gone.
    pub gone: Nodes,
    read_only: Nodes,
    draining: Nodes,
    pub members: Nodes,
    removed_members: Nodes,
    chain: Vec<Segment>,
    pub log: Copies,
    pub partition: Copies,
    /// That know where snapshots go.
    stores: Nodes,
    /// Run with the new configuration.
    pub renewed: Nodes,
}

/// Called between any two changes of the cluster; an error ends the action there.
pub type Instant<'a> = dyn FnMut(&mut Model) -> Result<(), Halt> + 'a;

impl Model {
    /// The cluster as it runs before; every node may have been in the metadata quorum once.
    pub fn of(before: &Topology, lost: Option<NodeId>, was_member: bool) -> Self {
        let ids: Vec<NodeId> = before.nodes.iter().map(|node| node.id).collect();
        let all = bits(&ids);
        let lost = lost.map_or(0, bit);
        let roles = Roles::of(before);
        let places = Places::of(before);
        let log = Copies::of(&before.log_replication);
        Self {
            roles,
            places: Rc::new(places),
            known: all,
            running: all & !lost,
            flapping: lost,
            gone: lost,
            read_only: 0,
            draining: 0,
            members: roles.members,
            removed_members: if was_member { all & !roles.members } else { 0 },
            chain: vec![Segment {
                nodes: roles.log_servers,
                copies: log,
            }],
            log,
            partition: Copies::of(&before.partition_replication),
            stores: if before.snapshots.is_some() { all } else { 0 },
            renewed: 0,
        }
    }

    /// The node fails for good, its disk too.
    pub fn crash(&mut self, node: Nodes) {
        self.running &= !node;
        self.gone |= node;
        self.react();
    }

    fn has_majority_without(&self, failed: Nodes) -> bool {
        let up = count(self.members & self.roles.members & self.running & !failed);
        up * 2 > count(self.members)
    }

    pub fn has_majority(&self) -> bool {
        self.has_majority_without(0)
    }

    /// Whether all copies of some record can be gone.
    pub fn is_record_lost(&self) -> bool {
        self.chain
            .iter()
            .any(|part| part.copies.fit(part.nodes & self.gone, &self.places))
    }

    /// Whether every record can be read and new ones written while these nodes are down too.
    pub fn is_log_up_without(&self, failed: Nodes) -> bool {
        let up = self.running & self.roles.log_servers & !failed;
        let is_out_of_reach = |part: &Segment| part.copies.fit(part.nodes & !up, &self.places);
        !self.chain.iter().any(is_out_of_reach) && self.log.fit(up & !self.read_only, &self.places)
    }

    /// How many more nodes may fail until the log stands still or loses something, at most so many.
    pub fn log_survives(&self, most: u32) -> u32 {
        let candidates: Vec<Nodes> = each(self.running & self.roles.log_servers).collect();
        for failing in 0..=most {
            if !all_subsets(&candidates, failing, 0, &|failed| {
                self.is_log_up_without(failed)
            }) {
                return failing.saturating_sub(1);
            }
        }
        most
    }

    /// How many more nodes may fail until the metadata quorum stands still.
    pub fn metadata_survives(&self) -> u32 {
        let up = count(self.members & self.roles.members & self.running);
        let majority = count(self.members) / 2 + 1;
        up.saturating_sub(majority)
    }

    /// How many more workers may fail until none is left.
    pub fn partitions_survive(&self) -> u32 {
        count(self.workers()).saturating_sub(1)
    }

    fn workers(&self) -> Nodes {
        self.roles.workers & self.running & !self.draining
    }

    /// What the controller does by itself: a log that cannot continue, or is not as it should be, is sealed and begun
    /// again.
    fn react(&mut self) {
        let up = self.running & self.roles.log_servers;
        let candidates = up & !self.read_only;
        let Some(newest) = self.chain.last() else {
            return;
        };
        let is_stuck = !newest.copies.fit(newest.nodes & up, &self.places);
        let has_others = newest.nodes & self.read_only != 0;
        let is_sealable = !newest.copies.fit(newest.nodes & !up, &self.places);
        let shall_change = is_stuck || has_others || newest.copies != self.log;
        if shall_change
            && is_sealable
            && self.has_majority()
            && self.log.fit(candidates, &self.places)
        {
            self.chain.push(Segment {
                nodes: candidates,
                copies: self.log,
            });
        }
    }

    /// Whether partitions have leaders that write.
    fn is_served(&self) -> bool {
        self.is_log_up_without(0) && self.has_majority() && self.workers() != 0
    }

    /// What holds now; the cluster has had time to react.
    pub fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Alive(nodes) => {
                let nodes = bits(nodes);
                nodes & self.known & self.running == nodes
            }
            Condition::Down(nodes) => bits(nodes) & self.running == 0,
            Condition::Unknown(nodes) => bits(nodes) & self.known == 0,
            Condition::Known(nodes) => bits(nodes) == self.known,
            Condition::LogsReplicated(log) => {
                let newest = self.chain.last();
                newest.is_some_and(|part| part.copies == Copies::of(log))
            }
            Condition::PartitionsActive { copies, .. } => {
                let replicas = if self.partition.fit(self.workers(), &self.places) {
                    self.partition.nodes
                } else {
                    // The replica sets stay as they are, and each has those that are down in it.
                    let down = count(self.roles.workers & self.known & !self.running);
                    self.partition.nodes.saturating_sub(down)
                };
                self.is_served() && replicas >= u32::from((*copies).max(1))
            }
            Condition::Quorum(nodes) => bits(nodes) == self.members && self.has_majority(),
            Condition::Replication { log, partition } => {
                self.log == Copies::of(log) && self.partition == Copies::of(partition)
            }
            Condition::NoPartitionOn(nodes) => {
                let on = bits(nodes) & self.roles.workers & self.running;
                on == 0
                    || (on & !self.draining == 0
                        && self.has_majority()
                        && self.partition.fit(self.workers(), &self.places))
            }
            Condition::NoLogOn(nodes) => {
                let nodes = bits(nodes);
                self.chain.iter().all(|part| part.nodes & nodes == 0)
            }
        }
    }

    /// Does what the action does. `may_restart` says whether all is well but for the node that is restarted next.
    pub fn act(
        &mut self,
        action: &Action,
        files: &Files,
        instant: &mut Instant,
        may_restart: &dyn Fn(&Model, Nodes) -> bool,
    ) -> Result<(), Halt> {
        instant(self)?;
        match action {
            Action::Check | Action::Enlarge | Action::Mark => {}
            Action::Snapshot => self.trim()?,
            Action::Clear { node } => self.flapping &= !bit(*node),
            Action::LeaveQuorum { node } => {
                self.must_have_majority()?;
                // A process that starts again and again comes back into the quorum.
                if self.flapping & bit(*node) == 0 {
                    self.members &= !bit(*node);
                    self.removed_members |= bit(*node);
                }
            }
            Action::JoinQuorum { nodes } => {
                for node in nodes {
                    self.must_have_majority()?;
                    if self.roles.members & self.running & bit(*node) == 0 {
                        return Err(Halt::Refused("no metadata server runs there"));
                    }
                    self.members |= bit(*node);
                    self.removed_members &= !bit(*node);
                    instant(self)?;
                }
            }
            Action::Start { nodes } => {
                for node in nodes {
                    self.start(bit(*node), files)?;
                    instant(self)?;
                }
            }
            Action::Roll { nodes } => {
                for node in nodes.iter().map(|node| bit(*node)) {
                    // One that is as it should be is left alone.
                    if self.renewed & self.running & node != 0 {
                        continue;
                    }
                    if !may_restart(self, node) {
                        return Err(Halt::Refused("another node is down"));
                    }
                    self.running &= !node;
                    instant(self)?;
                    if self.gone & node != 0 {
                        return Err(Halt::Refused("its disk is gone"));
                    }
                    self.start(node, files)?;
                    self.react();
                    instant(self)?;
                }
            }
            Action::SetReplication { log, partition } => {
                self.must_have_majority()?;
                (self.log, self.partition) = (Copies::of(log), Copies::of(partition));
            }
            Action::Drain { nodes } => {
                self.must_have_majority()?;
                let nodes = bits(nodes);
                self.read_only |= nodes & self.roles.log_servers;
                let rest = self.roles.log_servers & self.known & !self.read_only;
                if !self.log.fit(rest, &self.places) {
                    return Err(Halt::Refused("lost the ability to generate node sets"));
                }
                self.react();
                instant(self)?;
                self.draining |= nodes & self.roles.workers;
            }
            Action::Empty { nodes } => {
                self.trim()?;
                if !self.holds(&Condition::NoLogOn(nodes.clone())) {
                    return Err(Halt::Refused("it does not become empty"));
                }
            }
            Action::Stop { nodes } => {
                for node in nodes {
                    self.running &= !bit(*node);
                    self.react();
                    instant(self)?;
                }
            }
            Action::Forget { nodes } => {
                for node in nodes {
                    self.forget(bit(*node))?;
                    instant(self)?;
                }
            }
            Action::Settle => {
                if self.known != files.nodes {
                    return Err(Halt::Refused("others are there than the files say"));
                }
            }
        }
        self.react();
        instant(self)
    }

    fn must_have_majority(&self) -> Result<(), Halt> {
        if self.has_majority() {
            Ok(())
        } else {
            Err(Halt::Refused("no metadata quorum"))
        }
    }

    /// A node starts as the new files say. A metadata server that never was a member joins by itself.
    fn start(&mut self, node: Nodes, files: &Files) -> Result<(), Halt> {
        if self.gone & node != 0 {
            return Err(Halt::Refused("its disk is gone"));
        }
        self.must_have_majority_to_join(node)?;
        self.roles.take(node, &files.roles);
        Rc::make_mut(&mut self.places).take(node, &files.places);
        self.known |= node;
        self.running |= node;
        self.renewed |= node;
        if files.has_store {
            self.stores |= node;
        }
        if files.roles.members & node & !self.removed_members != 0 && self.has_majority() {
            self.members |= node;
        }
        Ok(())
    }

    fn must_have_majority_to_join(&self, node: Nodes) -> Result<(), Halt> {
        if self.known & node != 0 {
            return Ok(());
        }
        self.must_have_majority()
    }

    /// Snapshots of all partitions, and the log behind them goes.
    fn trim(&mut self) -> Result<(), Halt> {
        if self.workers() & !self.stores != 0 {
            return Err(Halt::Refused("no place for snapshots"));
        }
        if !self.is_served() {
            return Err(Halt::Refused("no leader that could write a snapshot"));
        }
        let older = self.chain.len() - 1;
        self.chain.drain(..older);
        Ok(())
    }

    fn forget(&mut self, node: Nodes) -> Result<(), Halt> {
        self.must_have_majority()?;
        if self.known & node == 0 {
            return Ok(());
        }
        if self.members & node != 0 {
            return Err(Halt::Refused("it is a metadata server"));
        }
        let is_writable = self.roles.log_servers & node & !self.read_only != 0;
        if is_writable {
            return Err(Halt::Refused("it is read-write"));
        }
        let has_log = self.chain.iter().any(|part| part.nodes & node != 0);
        if has_log {
            return Err(Halt::Refused("it is part of a node set"));
        }
        // What still runs comes back.
        if (self.running | self.flapping) & node == 0 {
            self.known &= !node;
        }
        Ok(())
    }

    /// Whether some node does not do what the files say.
    pub fn is_outdated(&self, files: &Files) -> bool {
        let roles = files.roles;
        let shall_be = |own: Nodes, other: Nodes| (own ^ other) & self.known != 0;
        shall_be(self.roles.members, roles.members)
            || shall_be(self.roles.log_servers, roles.log_servers)
            || shall_be(self.roles.workers, roles.workers)
    }
}

/// Whether it holds of all subsets of that size.
fn all_subsets(of: &[Nodes], size: u32, chosen: Nodes, holds: &dyn Fn(Nodes) -> bool) -> bool {
    if size == 0 {
        return holds(chosen);
    }
    (0..of.len()).all(|at| all_subsets(&of[at + 1..], size - 1, chosen | of[at], holds))
}
