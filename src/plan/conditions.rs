//! What must hold before a step, and what run.sh waits for after it.
//!
//! An interruption may leave a step half done, and then its needs are checked again. So the step itself must not undo
//! any of them.

use std::collections::BTreeSet;

use super::state::Planner;
use super::{Action, Condition};
use crate::topology::NodeId;

impl Planner<'_> {
    /// What must hold in the cluster as it stands before the action.
    pub(super) fn needs(&self, action: &Action) -> Vec<Condition> {
        let lost = self.change.lost;
        match action {
            Action::Check => {
                // Nodes that the file does not have may hold what those that it has do not, and a plan would not see them.
                let all: Vec<NodeId> = self.nodes.keys().copied().collect();
                let mut needs = vec![Condition::Known(all)];
                needs.extend(self.is_whole(&[]));
                needs.push(match lost {
                    Some(lost) => Condition::Down(vec![lost]),
                    None => self.quorum(),
                });
                needs.push(Condition::Replication {
                    log: self.log.clone(),
                    partition: self.partition.clone(),
                });
                needs
            }
            Action::Clear { node } => {
                let mut needs = self.is_whole(&[]);
                needs.push(Condition::Down(vec![*node]));
                needs
            }
            Action::Stop { nodes } => {
                let mut needs = self.is_whole(nodes);
                needs.push(Condition::NoLogOn(nodes.clone()));
                needs.push(Condition::NoPartitionOn(nodes.clone()));
                needs.push(self.quorum());
                needs
            }
            Action::Forget { nodes } => {
                let mut needs = self.is_whole(&[]);
                needs.push(Condition::Down(nodes.clone()));
                needs.push(self.quorum());
                needs
            }
            // Between the old number of copies and the new one, the lower is there.
            Action::SetReplication { partition, .. } => self.is_whole_with(&[], partition.copies()),
            Action::Roll { .. } => self.is_whole_but_one(self.active_copies_without_one()),
            Action::Enlarge
            | Action::Mark
            | Action::LeaveQuorum { .. }
            | Action::Snapshot
            | Action::Start { .. }
            | Action::JoinQuorum { .. }
            | Action::Drain { .. }
            | Action::Empty { .. }
            | Action::Settle => self.is_whole(&[]),
        }
    }

    /// What is waited for in the cluster as it stands after the action.
    pub(super) fn waits(&self, action: &Action) -> Vec<Condition> {
        match action {
            Action::Check | Action::Snapshot | Action::Clear { .. } => Vec::new(),
            Action::LeaveQuorum { .. } => vec![self.quorum()],
            // A node that gains the role joins on its own only if it never was a member; the next step handles the
            // rest.
            Action::Roll { .. } | Action::Enlarge | Action::Mark => self.is_whole(&[]),
            Action::Start { .. } | Action::JoinQuorum { .. } => {
                let mut waits = self.is_whole(&[]);
                waits.push(self.quorum());
                waits
            }
            Action::SetReplication { log, partition } => {
                let mut waits = vec![
                    Condition::Replication {
                        log: log.clone(),
                        partition: partition.clone(),
                    },
                    // The logs follow a few seconds later.
                    Condition::LogsReplicated(log.clone()),
                ];
                waits.extend(self.is_whole(&[]));
                waits
            }
            Action::Drain { nodes } => {
                let mut waits = vec![Condition::NoPartitionOn(nodes.clone())];
                waits.extend(self.is_whole(&[]));
                waits
            }
            Action::Empty { nodes } => vec![Condition::NoLogOn(nodes.clone())],
            Action::Stop { nodes } => vec![Condition::Down(nodes.clone())],
            Action::Forget { nodes } => vec![Condition::Unknown(nodes.clone())],
            Action::Settle => {
                let mut waits = self.is_whole(&[]);
                waits.push(self.quorum());
                waits.push(Condition::Replication {
                    log: self.change.after.log_replication.clone(),
                    partition: self.change.after.partition_replication.clone(),
                });
                waits
            }
        }
    }

    /// All that is counted on is there, a lost node and those that go aside.
    fn is_whole(&self, going: &[NodeId]) -> Vec<Condition> {
        self.is_whole_with(going, u8::MAX)
    }

    /// As [`Self::is_whole`], with at most so many copies of each partition.
    fn is_whole_with(&self, going: &[NodeId], most_copies: u8) -> Vec<Condition> {
        let mut conditions = vec![self.are_alive(going)];
        if self.has_leaders() {
            conditions.push(Condition::PartitionsActive {
                partitions: self.change.before.partitions,
                copies: self.active_copies().min(most_copies),
            });
        }
        conditions
    }

    fn are_alive(&self, going: &[NodeId]) -> Condition {
        let going: BTreeSet<&NodeId> = going.iter().collect();
        let stays = |id: &NodeId| Some(*id) != self.change.lost && !going.contains(id);
        Condition::Alive(self.nodes.keys().copied().filter(stays).collect())
    }

    /// What holds while any one node is down: a run that was interrupted in the middle of a restart may have left it
    /// so, and continues by starting it.
    pub(super) fn is_whole_but_one(&self, copies: Option<u8>) -> Vec<Condition> {
        let partitions = self.change.before.partitions;
        let active = copies.map(|copies| Condition::PartitionsActive { partitions, copies });
        std::iter::once(self.are_alive(&[])).chain(active).collect()
    }

    fn quorum(&self) -> Condition {
        Condition::Quorum(self.members.iter().copied().collect())
    }
}
