//! How many nodes may fail: the arithmetic of quorums.

/// How many nodes may fail at once, whichever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survival {
    /// Until records of the log are lost, or writing stands still.
    pub log: usize,
    /// Until the metadata quorum stands still.
    pub metadata: usize,
    /// Until no node is left that runs partitions.
    pub partitions: usize,
}

impl Survival {
    /// Of so many log servers with so many copies of each record, so many metadata servers and so many workers, of which
    /// some are down already.
    ///
    /// A record is lost when all its copies are; a segment of the log is read and sealed as long as fewer nodes are down
    /// than it has copies, and written as long as that many are up. Metadata need a majority of all members. Source:
    /// [Restate, clusters](https://docs.restate.dev/server/clusters).
    pub fn of(log_servers: Count, copies: usize, metadata_servers: Count, workers: Count) -> Self {
        let majority = metadata_servers.all / 2 + 1;
        Self {
            log: log_servers
                .up()
                .saturating_sub(copies)
                .min(copies.saturating_sub(1).saturating_sub(log_servers.down)),
            metadata: metadata_servers.up().saturating_sub(majority),
            partitions: workers.up().saturating_sub(1),
        }
    }

    /// The lesser of both, each by itself.
    pub fn at_worst(self, other: Self) -> Self {
        Self {
            log: self.log.min(other.log),
            metadata: self.metadata.min(other.metadata),
            partitions: self.partitions.min(other.partitions),
        }
    }

    /// How many nodes may fail until anything stands still or is lost.
    pub fn nodes(self) -> usize {
        self.log.min(self.metadata).min(self.partitions)
    }
}

/// Nodes of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// All that are reckoned with.
    pub all: usize,
    /// Those of them that are down.
    pub down: usize,
}

impl Count {
    fn up(self) -> usize {
        self.all.saturating_sub(self.down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_nodes_may_fail_as_the_weakest_quorum_says() {
        let all = |all| Count { all, down: 0 };
        let one_down = |all| Count { all, down: 1 };
        for (log_servers, copies, metadata_servers, expected) in [
            (all(1), 1, all(1), (0, 0)),
            (all(3), 2, all(3), (1, 1)),
            (all(5), 3, all(5), (2, 2)),
            (all(5), 2, all(3), (1, 1)),
            (all(3), 3, all(3), (0, 1)),
            (all(2), 2, all(2), (0, 0)),
            (all(4), 3, all(4), (1, 1)),
            (one_down(3), 2, one_down(3), (0, 0)),
            (one_down(5), 3, one_down(5), (1, 1)),
            (one_down(4), 2, all(3), (0, 1)),
        ] {
            let found = Survival::of(log_servers, copies, metadata_servers, all(9));
            assert_eq!(
                (found.log, found.metadata),
                expected,
                "{log_servers:?} {copies} {metadata_servers:?}"
            );
        }
    }
}
