//! The server's memory pools, derived from the memory limit so that they add up under it.
//!
//! The server does not look at its limit: left alone it takes what its defaults say, which is more
//! than most limits. Which pools there are in a version is a fact; how they share a limit is decided here.

use serde_json::{Map, Value};

use super::settings;
use crate::facts::{self, Release};
use crate::model::{ByteSize, Role};

/// A pool and the size it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPool {
    /// The setting, in the newest release's spelling.
    pub setting: &'static str,
    /// What the setting is set to: for a pool that each led partition has, the size of one.
    pub size: ByteSize,
    /// What it may take in all, with every partition led by this node, as after a failover to the last node.
    pub worst_case: ByteSize,
}

/// How much of the limit each pool may take, in thousandths. RocksDB's share is within the 20 to 50 % that Restate's
/// documentation advises; 130 thousandths are left to what no setting bounds (code, stacks, allocator, connections).
const SHARES: [(&str, u64); 7] = [
    ("rocksdb-total-memory-size", 350),
    ("admin.query-engine.memory-size", 100),
    ("worker.invoker.memory-limit", 200),
    ("worker.self-proposal-queue-memory-limit", 100),
    ("worker.data-service-memory-limit", 50),
    ("bifrost.record-cache-memory-size", 40),
    ("networking.fabric-memory-limit", 30),
];

/// Pools that grow with the limit; all others have enough with the server's default.
const GROWING: [&str; 2] = ["rocksdb-total-memory-size", "worker.invoker.memory-limit"];

/// The pools of a node with those roles under that limit. One that the user sets keeps the user's size.
pub fn pools(
    release: &Release,
    roles: &[Role],
    limit: ByteSize,
    partitions: u16,
    user_settings: &Map<String, Value>,
) -> Vec<MemoryPool> {
    let user_settings = settings::flattened(user_settings);
    SHARES
        .into_iter()
        .filter_map(|(setting, share)| {
            let fact = release.memory_pool(setting)?;
            let used = fact
                .role
                .is_none_or(|role| roles.iter().any(|own| own.name() == role));
            if !used {
                return None;
            }
            let led = if fact.per_partition {
                u64::from(partitions)
            } else {
                1
            };
            let size = user_settings
                .iter()
                .find(|own| own.path == setting)
                .and_then(|own| own.value.as_str()?.parse().ok())
                .unwrap_or_else(|| share_of(limit, share, led, fact));
            Some(MemoryPool {
                setting,
                size,
                worst_case: ByteSize::bytes(size.as_bytes() * led),
            })
        })
        .collect()
}

/// That share of the limit, over `led` equal pools; not below what the server needs, in whole MiB.
fn share_of(limit: ByteSize, share: u64, led: u64, fact: &facts::MemoryPool) -> ByteSize {
    let share = limit.as_bytes() / 1000 * share / led;
    let most = if GROWING.contains(&fact.setting) {
        u64::MAX
    } else {
        fact.default_bytes
    };
    let size = share.min(most).max(fact.floor_bytes);
    ByteSize::mebibytes((size >> 20).max(1))
}
