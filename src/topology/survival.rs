//! How many nodes may fail: the arithmetic of quorums.

use std::collections::BTreeMap;

use super::location::{region, zone};
use crate::model::ReplicationProperty;

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
    /// Of a log, of so many metadata servers, and of so many workers, some of which are down already.
    ///
    /// Metadata need a majority of all members, partitions a worker. Source:
    /// [Restate, clusters](https://docs.restate.dev/server/clusters).
    pub fn of(log: &Log, metadata_servers: Count, workers: Count) -> Self {
        let majority = majority(metadata_servers);
        Self {
            log: log.survives(),
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

/// How many of the metadata servers have to be up. Source: [Restate,
/// clusters](https://docs.restate.dev/server/clusters).
pub fn majority(members: Count) -> usize {
    members.all / 2 + 1
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
    /// Those that are not down.
    pub fn up(self) -> usize {
        self.all.saturating_sub(self.down)
    }
}

/// What is left of the log, and who takes what is new.
#[derive(Debug, Clone)]
pub struct Log<'a> {
    /// What new records require.
    pub replication: &'a ReplicationProperty,
    /// The locations of the log servers that take new records and are up.
    pub writable: Vec<&'a str>,
    /// Copies of the records that have fewest.
    pub fewest_copies: usize,
    /// How many of the log servers that copies may be on are down.
    pub down: usize,
}

impl Log<'_> {
    /// A record is lost when all its copies are; a segment of the log is read and sealed as long as fewer nodes are down
    /// than it has copies, and a new one is written as long as those that are up fulfil the replication property.
    fn survives(&self) -> usize {
        let read = self.fewest_copies.saturating_sub(self.down);
        to_fail(self.replication, &self.writable)
            .min(read)
            .saturating_sub(1)
    }
}

/// Whether nodes in these locations fulfil the replication property.
pub fn is_fulfilled(property: &ReplicationProperty, locations: &[&str]) -> bool {
    to_fail(property, locations) > 0
}

/// How many of the nodes in these locations have to fail, at worst, until the others no longer fulfil the replication
/// property; 0 where they do not as it is.
pub fn to_fail(property: &ReplicationProperty, locations: &[&str]) -> usize {
    let until_fewer_than = |copies: usize, count: usize| (count + 1).saturating_sub(copies);
    let of_nodes = until_fewer_than(property.copies().into(), locations.len());
    let ReplicationProperty::Scoped(scoped) = property else {
        return of_nodes;
    };
    let of_scopes = [
        (region as fn(&str) -> Option<&str>, scoped.region),
        (zone, scoped.zone),
    ]
    .into_iter()
    .filter_map(|(scope, asked)| {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for name in locations.iter().filter_map(|location| scope(location)) {
            *sizes.entry(name).or_default() += 1;
        }
        // The smallest are gone first.
        let mut sizes: Vec<usize> = sizes.into_values().collect();
        sizes.sort_unstable();
        let gone = until_fewer_than(asked?.into(), sizes.len());
        Some(sizes.iter().take(gone).sum())
    });
    of_scopes.fold(of_nodes, usize::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopedReplication;

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
            let log = Log {
                replication: &ReplicationProperty::Nodes(copies),
                writable: vec![""; log_servers.up()],
                fewest_copies: copies.into(),
                down: log_servers.down,
            };
            let found = Survival::of(&log, metadata_servers, all(9));
            assert_eq!(
                (found.log, found.metadata),
                expected,
                "{log_servers:?} {copies} {metadata_servers:?}"
            );
        }
    }

    #[test]
    fn the_smallest_zones_fail_first() {
        let zones = |zone, node| {
            ReplicationProperty::Scoped(ScopedReplication {
                region: None,
                zone: Some(zone),
                node,
            })
        };
        for (property, locations, expected) in [
            (zones(2, None), vec!["e.a", "e.b", "e.c"], 2),
            (zones(2, None), vec!["e.a", "e.b", "e.b"], 1),
            (zones(2, None), vec!["e.a", "e.a", "e.b", "e.b"], 2),
            (
                zones(2, Some(3)),
                vec!["e.a", "e.b", "e.c", "e.c", "e.c"],
                2,
            ),
            (zones(2, Some(3)), vec!["e.a", "e.b"], 0),
            (zones(2, None), vec!["e.a", "e.a", "e"], 0),
            (ReplicationProperty::Nodes(2), vec!["", "", ""], 2),
        ] {
            assert_eq!(
                to_fail(&property, &locations),
                expected,
                "{property:?} {locations:?}"
            );
        }
    }
}
