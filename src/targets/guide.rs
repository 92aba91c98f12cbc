//! What the guides of all targets say alike.

use crate::model::Role;
use crate::topology::Topology;

/// Whether the command that makes the files goes without a cluster file.
pub fn is_from_flags(command: &str) -> bool {
    command.contains(" --nodes ")
}

/// Whether one copy more of each record would leave a log server to spare.
pub fn may_have_more_copies(topology: &Topology) -> bool {
    let log_servers = topology.nodes_with(Role::LogServer).count();
    usize::from(topology.log_replication.copies()) + 1 < log_servers
}
