//! The server's memory pools, derived from the memory limit so that they add up under it.
//!
//! The server does not look at its limit: left alone it takes what its defaults say, which is more
//! than most limits. Which pools there are in a version is a fact; how they share a limit is decided here.

use super::flattened;
use crate::facts::{self, PoolScope, PoolShape};
use crate::model::{ByteSize, Role};
use crate::topology::{Node, Topology};

/// RocksDB's part of the limit, in percent: in the middle of the 20 to 50 that Restate's documentation advises.
const ROCKSDB_PERCENT: u64 = 35;
/// RocksDB's share of the limit beyond which the server itself complains, in percent.
const MOST_ROCKSDB_PERCENT: u64 = 90;
/// What stays free for bursts and for what no setting bounds, in percent of the limit.
const HEADROOM_PERCENT: u64 = 8;
/// Pools smaller than this by default are left to the server.
const WORTH_SETTING: u64 = 16 << 20;
/// What a pool counts for that the release does not bound: the default that the next release gave it (1.7: 1.5 GiB for the invoker).
const UNBOUNDED: u64 = 1536 << 20;
/// The pool that has a share of its own, and grows with the limit.
pub const ROCKSDB: &str = "rocksdb-total-memory-size";
/// The other pool that may grow beyond the server's default: it bounds how much work a node does at once.
const INVOKER: &str = "worker.invoker.memory-limit";

/// What the server may take for one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPool {
    /// What it is for, a short name for messages.
    pub name: &'static str,
    /// The setting that sizes it, where it is set at all.
    pub setting: Option<&'static str>,
    /// What the setting is set to: for a pool that each led partition has, the size of one.
    pub size: ByteSize,
    /// What it may take in all, with every partition led by this node, as after a failover to the last worker.
    pub worst_case: ByteSize,
}

/// Whether RocksDB has so much of a limit that the server itself complains.
pub fn is_too_much_for_rocksdb(size: u64, limit: u64) -> bool {
    size > limit / 100 * MOST_ROCKSDB_PERCENT
}

/// The pools of a node, which follow from its limit. One that the user sets keeps the user's size.
pub fn pools(topology: &Topology, node: &Node) -> Vec<MemoryPool> {
    let limit = node.resources.memory.as_bytes();
    let user_settings = flattened(&node.settings);
    let user_value = |path: &str| {
        let value = &user_settings.iter().find(|own| own.path == path)?.value;
        value
            .as_u64()
            .or_else(|| facts::server_bytes(value.as_str()?))
    };
    let message_size = user_value(facts::MESSAGE_SIZE_LIMIT);
    let of_user = |pool: &facts::PoolKind| user_value(pool.setting?);
    let facts: Vec<&facts::PoolKind> = topology
        .release
        .memory_pools()
        .filter(|pool| pool.shape != PoolShape::Burst)
        .filter(|pool| match pool.scope {
            PoolScope::EveryNode => true,
            PoolScope::Role(role) => node.roles.iter().any(|own| own.name() == role),
            PoolScope::LedPartition => node.has(Role::Worker),
        })
        .collect();
    let times = |pool: &facts::PoolKind| match pool.scope {
        PoolScope::LedPartition => u64::from(topology.partitions),
        PoolScope::EveryNode | PoolScope::Role(_) => 1,
    };

    // First what does not depend on the others, in bytes over all partitions; `None` where the pool takes its part of the rest.
    let mut sizes: Vec<Option<u64>> = facts
        .iter()
        .map(|pool| match (pool.setting, pool.default_bytes) {
            (Some(_), _) if of_user(pool).is_some() => {
                of_user(pool).map(|size| size.saturating_mul(times(pool)))
            }
            (Some(ROCKSDB), _) => {
                Some((limit / 100 * ROCKSDB_PERCENT).max(pool.floor_bytes(message_size)))
            }
            (Some(_), Some(default)) if default >= WORTH_SETTING => None,
            (_, Some(default)) => Some(default.saturating_mul(times(pool))),
            // Not bounded by any setting: some of the limit is kept for it all the same.
            (_, None) => None,
        })
        .collect();
    let headroom = limit / 100 * HEADROOM_PERCENT;
    let given = sizes.iter().flatten();
    let taken = given.fold(headroom, |sum, size| sum.saturating_add(*size));
    share(
        &facts,
        &mut sizes,
        limit.saturating_sub(taken),
        times,
        message_size,
    );

    facts
        .into_iter()
        .zip(sizes)
        .map(|(pool, total)| {
            let total = total.unwrap_or(0);
            let is_set = of_user(pool).is_some()
                || pool.default_bytes.is_some_and(|size| size >= WORTH_SETTING);
            // In whole MiB, rounded down, so that the parts never exceed the whole.
            let one = total / times(pool);
            let size = if is_set && of_user(pool).is_none() {
                ByteSize::mebibytes((one >> 20).max(1))
            } else {
                ByteSize::bytes(one)
            };
            MemoryPool {
                name: pool.name,
                setting: pool.setting.filter(|_| is_set),
                size,
                worst_case: ByteSize::bytes(size.as_bytes().saturating_mul(times(pool))),
            }
        })
        .collect()
}

/// Divides what is left among the open pools by their defaults; none gets less than what the server needs.
fn share(
    facts: &[&facts::PoolKind],
    sizes: &mut [Option<u64>],
    mut rest: u64,
    times: impl Fn(&facts::PoolKind) -> u64,
    message_size: Option<u64>,
) {
    loop {
        let open: Vec<usize> = (0..facts.len())
            .filter(|index| sizes[*index].is_none())
            .collect();
        let weight =
            |index: usize| facts[index].default_bytes.unwrap_or(UNBOUNDED) * times(facts[index]);
        let weights: u128 = open.iter().map(|index| u128::from(weight(*index))).sum();
        let part =
            |index: usize| (u128::from(rest) * u128::from(weight(index)) / weights.max(1)) as u64;
        let floor = |index: usize| {
            let of_one = facts[index].floor_bytes(message_size);
            of_one.saturating_mul(times(facts[index]))
        };
        // Pools whose part is below the floor take the floor, and the others share what is left then.
        let poor: Vec<usize> = open
            .iter()
            .copied()
            .filter(|index| part(*index) < floor(*index))
            .collect();
        if poor.is_empty() {
            for index in open {
                let grows = facts[index].setting == Some(INVOKER);
                sizes[index] = Some(if grows {
                    part(index)
                } else {
                    part(index).min(weight(index))
                });
            }
            return;
        }
        for index in poor {
            sizes[index] = Some(floor(index));
            rest = rest.saturating_sub(floor(index));
        }
    }
}
