//! The ordered steps that bring a cluster with data to the state that its file describes.
//!
//! Pure and total: where those rules on changes find nothing that a plan is refused for, the steps are sound. The orchestrators' commands and the
//! wording for people are in other modules.

mod conditions;
mod order;
mod refusal;
mod state;

use crate::change::Change;
use crate::model::ReplicationProperty;
use crate::topology::NodeId;

pub use crate::topology::Survival;
pub use order::of;
pub use refusal::refusal_at_once;

/// The ordered steps from one topology to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it is for: the plan's title and the name of its folder say so.
    pub purpose: Purpose,
    /// The steps, in order. Each ends when its waits are fulfilled.
    pub steps: Vec<Step>,
    /// What the cluster survives before the first step.
    pub before: Survival,
}

impl Plan {
    /// What the cluster survives at the worst moment between the first step and the last.
    pub fn during(&self) -> Survival {
        let steps = self.steps.iter().map(|step| step.during);
        steps.fold(self.before, Survival::at_worst)
    }

    /// What the cluster survives when all is done.
    pub fn after(&self) -> Survival {
        self.steps.last().map_or(self.before, |step| step.after)
    }
}

/// What a plan is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Nodes come or go.
    Scale {
        /// Number of nodes before.
        from: usize,
        /// Number of nodes after.
        to: usize,
    },
    /// A node takes the place of one whose disk is gone.
    Replace {
        /// Name of the lost one.
        lost: String,
    },
    /// Another server version.
    Upgrade {
        /// The version before.
        from: String,
        /// The version after.
        to: String,
    },
    /// Other numbers of copies, the nodes as they are.
    Replication {
        /// The log replication before, by its number of copies.
        from: u8,
        /// The one after.
        to: u8,
    },
    /// Anything else: settings, resources, ports, roles, the store.
    Configure,
}

impl Purpose {
    /// That of the change.
    fn of(change: &Change) -> Self {
        let Change {
            before,
            after,
            lost,
            files: _,
        } = *change;
        if let Some(lost) = lost.and_then(|lost| before.node(lost)) {
            Self::Replace {
                lost: lost.name.clone(),
            }
        } else if before.nodes.len() != after.nodes.len() {
            Self::Scale {
                from: before.nodes.len(),
                to: after.nodes.len(),
            }
        } else if before.release != after.release {
            Self::Upgrade {
                from: before.release.text().into(),
                to: after.release.text().into(),
            }
        } else if before.log_replication != after.log_replication {
            Self::Replication {
                from: before.log_replication.copies(),
                to: after.log_replication.copies(),
            }
        } else {
            Self::Configure
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// What must hold before it is done; else the run stops there. Asked again where an interruption left the step half done.
    /// Of a roll it is asked before each restart, for all nodes but the one that restarts: that one may be down already.
    pub needs: Vec<Condition>,
    /// What is waited for after it was done.
    pub waits: Vec<Condition>,
    /// What the cluster survives while it is done, at worst.
    pub during: Survival,
    /// What it survives once it is done.
    pub after: Survival,
}

/// What is done in a step. Each can be done again when it was interrupted.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing: everything must be well before anything is done.
    Check,
    /// Volumes that are there become larger, where the orchestrator's volumes have a size.
    Enlarge,
    /// Volumes get the marks by which GitOps controllers leave them alone, or lose them.
    Mark,
    /// Snapshots of all partitions are taken, and the log behind them is trimmed.
    Snapshot,
    /// A metadata server leaves the quorum.
    LeaveQuorum {
        /// Which.
        node: NodeId,
    },
    /// Nodes that have the role of a metadata server by now join the quorum.
    JoinQuorum {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// New nodes start and join.
    Start {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// Nodes take on their new configuration, one after the other.
    Roll {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// The cluster is told its replication.
    SetReplication {
        /// Copies of each log record.
        log: ReplicationProperty,
        /// Copies of each partition.
        partition: ReplicationProperty,
    },
    /// Nodes get no new data, and give up their partitions.
    Drain {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// The log is trimmed until no part of it is on the nodes.
    Empty {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// Nodes end for good. Their volumes stay.
    Stop {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// What is left of a node whose disk is gone goes, so that it does not come back.
    Clear {
        /// Which.
        node: NodeId,
    },
    /// The cluster forgets nodes.
    Forget {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// All the rest becomes what the files say, and everything must be well.
    Settle,
}

/// What can be asked of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The nodes are members of the cluster and alive.
    Alive(Vec<NodeId>),
    /// The nodes do not run.
    Down(Vec<NodeId>),
    /// The cluster does not know the nodes.
    Unknown(Vec<NodeId>),
    /// The cluster knows the nodes, and no others.
    Known(Vec<NodeId>),
    /// Every partition has an active leader and as many active replicas as it should have.
    PartitionsActive {
        /// How many partitions there are.
        partitions: u16,
        /// On how many nodes each is, at least.
        copies: u8,
    },
    /// The nodes, and no others, are the metadata quorum.
    Quorum(Vec<NodeId>),
    /// The cluster's replication.
    Replication {
        /// Copies of each log record.
        log: ReplicationProperty,
        /// Copies of each partition.
        partition: ReplicationProperty,
    },
    /// New records of every log have so many copies.
    LogsReplicated(ReplicationProperty),
    /// No partition runs on the nodes.
    NoPartitionOn(Vec<NodeId>),
    /// No part of the log is on the nodes.
    NoLogOn(Vec<NodeId>),
}
