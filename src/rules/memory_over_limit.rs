//! RG506: memory pools that do not fit in the memory limit.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{ByteSize, Cluster};
use crate::places::resource_layers;
use crate::places::settings::{bytes, given_value, written};
use crate::server::memory::{self, MemoryPool, ROCKSDB, is_too_much_for_rocksdb};
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// Memory pools that do not fit in the memory limit.
pub static RULE: Rule = Rule {
    code: "RG506",
    slug: "memory-over-limit",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The server's memory pools add up to more than the node's memory limit, counted with all partitions on one node as after
a failover. RocksDB alone taking more than 90 % of the limit is an error.

## Why

The pools fill up under load and stay full. The kernel then kills the process while it works, the most frequent cause of
lost nodes (restatedev/restate issues 5304 and 3925). From 1.6 on the server logs an ERROR at start when RocksDB has
more than 90 % (run: 1.6.2 and 1.7.12 at 92 %). Pools that the file does not set are derived from the limit, but none
can be smaller than what the server needs.

## Fails

```yaml
resources: {memory: 512MiB}
```

## Passes

```yaml
resources: {memory: 2GiB}
```
"#,
};

/// Finds the limits that the pools of a node do not fit into.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    // Nodes of one entry are identical, and many entries may share the cluster's limit: the worst of each place is reported.
    let mut worst: BTreeMap<DocPath, Budget> = BTreeMap::new();
    let mut last_entry = None;
    for node in &topology.nodes {
        if last_entry == Some(node.entry) {
            continue;
        }
        last_entry = Some(node.entry);
        let pools = memory::pools(topology, node);
        if fits(node, &pools) {
            continue;
        }
        let budget = Budget::of(cluster, node, &pools);
        let known = worst.get(&budget.at);
        if known.is_none_or(|known| known.excess() < budget.excess()) {
            worst.insert(budget.at.clone(), budget);
        }
    }
    worst.into_values().map(Budget::diagnostic).collect()
}

/// Whether there is nothing to report about a node, as for most.
fn fits(node: &Node, pools: &[MemoryPool]) -> bool {
    let limit = node.resources.memory.as_bytes();
    let mut sum: u64 = 0;
    for pool in pools {
        let given = pool
            .setting
            .and_then(|path| written(&node.settings, &DocPath::root(), path));
        let size = given.and_then(|(_, value)| in_all(pool, value));
        let size = size.unwrap_or(pool.worst_case.as_bytes());
        if pool.setting == Some(ROCKSDB) && is_too_much_for_rocksdb(size, limit) {
            return false;
        }
        sum = sum.saturating_add(size);
    }
    sum <= limit
}

/// What all of a pool may take when one is as large as the file says: a pool of each partition counts as often as there
/// are partitions.
fn in_all(pool: &MemoryPool, value: &Value) -> Option<u64> {
    let size = bytes(value)?;
    let times = pool.worst_case.as_bytes() / pool.size.as_bytes().max(1);
    Some(size.saturating_mul(times.max(1)))
}

/// What the pools of a node may take, and what it has.
struct Budget {
    at: DocPath,
    node: String,
    limit: u64,
    /// Name, bytes, and where the file sets it.
    pools: Vec<(&'static str, u64, Option<DocPath>)>,
    rocksdb: u64,
}

impl Budget {
    fn of(cluster: &Cluster, node: &Node, pools: &[MemoryPool]) -> Self {
        let mut rocksdb = 0;
        let pools: Vec<_> = pools
            .iter()
            .map(|pool| {
                let given = given(cluster, node, pool);
                let size = given
                    .as_ref()
                    .map_or(pool.worst_case.as_bytes(), |(_, size)| *size);
                if pool.setting == Some(ROCKSDB) {
                    rocksdb = size;
                }
                (pool.name, size, given.map(|(at, _)| at))
            })
            .collect();
        let limit = resource_layers(cluster, node)
            .find(|(_, resources)| resources.memory.is_some())
            .map(|(at, _)| at.key("memory"));
        // If nobody set the limit, the finding is at the key that is set instead.
        let at = limit
            .or_else(|| pools.iter().find_map(|(_, _, at)| at.clone()))
            .or_else(|| cluster.partitions.map(|_| DocPath::of(["partitions"])))
            .unwrap_or_else(|| DocPath::of(["resources", "memory"]));
        Self {
            at,
            node: node.name.clone(),
            limit: node.resources.memory.as_bytes(),
            pools,
            rocksdb,
        }
    }

    fn sum(&self) -> u64 {
        self.pools
            .iter()
            .fold(0, |sum, (_, size, _)| sum.saturating_add(*size))
    }

    fn excess(&self) -> u64 {
        self.sum().max(self.rocksdb).saturating_sub(self.limit)
    }

    fn is_rocksdb_over(&self) -> bool {
        is_too_much_for_rocksdb(self.rocksdb, self.limit)
    }

    fn diagnostic(mut self) -> Diagnostic {
        let limit = ByteSize::bytes(self.limit);
        let (severity, message) = if self.is_rocksdb_over() {
            let message = format!(
                "RocksDB takes {} of the {limit} that {} has: the kernel kills the process under load",
                ByteSize::bytes(self.rocksdb).rounded_up(),
                self.node
            );
            (Severity::Error, message)
        } else {
            let total = self.sum();
            self.pools
                .sort_by_key(|(_, size, _)| std::cmp::Reverse(*size));
            let parts: Vec<String> = self
                .pools
                .iter()
                .filter(|(_, size, _)| *size >= 1 << 20)
                .map(|(name, size, _)| format!("{name} {}", size >> 20))
                .collect();
            let message = format!(
                "the memory pools of {} may take {} of its {limit}: {} MiB",
                self.node,
                ByteSize::bytes(total).rounded_up(),
                parts.join(" + ")
            );
            (Severity::Warning, message)
        };
        let is_set = self.pools.iter().any(|(.., at)| at.is_some());
        let help = if is_set {
            "raise the limit, or lower the pools in `settings`"
        } else {
            "raise the limit, or use fewer partitions"
        };
        let found = Diagnostic::new(&RULE, self.at.clone(), message)
            .severity(severity)
            .help(help);
        let set_elsewhere = self
            .pools
            .into_iter()
            .filter_map(|(name, size, at)| Some((name, size, at?)));
        set_elsewhere
            .filter(|(.., at)| *at != self.at)
            .fold(found, |found, (name, size, at)| {
                found.related(
                    at,
                    format!("{} for {name} in all", ByteSize::bytes(size).rounded_up()),
                )
            })
    }
}

/// Where the file sets a pool, and what all of it may take then.
fn given(cluster: &Cluster, node: &Node, pool: &MemoryPool) -> Option<(DocPath, u64)> {
    let (at, value) = given_value(cluster, node, pool.setting?)?;
    Some((at, in_all(pool, value)?))
}
