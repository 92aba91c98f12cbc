//! RG508: a RocksDB pool that is out of proportion.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{ByteSize, Cluster};
use crate::places::settings::given_bytes;
use crate::server::memory::{ROCKSDB, is_too_much_for_rocksdb};
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// A RocksDB pool that is out of proportion.
pub static RULE: Rule = Rule {
    code: "RG508",
    slug: "rocksdb-share",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

`rocksdb-total-memory-size` is set to more than half of the node's memory limit, or to less than 256 MiB.

## Why

RocksDB overshoots its budget while it writes and compacts, and the other pools need their share too. Restate recommends
20 to 50 % of the memory ([Restate, memory](https://docs.restate.dev/server/memory)), and more than 90 % is a separate
error (RG506). From 1.7 on the server silently raises less than 256 MiB to it (run: 1.7.12, `--dump-config`; schema
1.7.2), so the pools add up to more than the file says.

## Fails

```yaml
resources: {memory: 4GiB}
settings: {rocksdb-total-memory-size: 2500MiB}
```

## Passes

```yaml
resources: {memory: 4GiB}
settings: {rocksdb-total-memory-size: 2GiB}
```
"#,
};

/// Finds the values of the pool that are too large or too small for their node.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let least = topology
        .release
        .memory_pools()
        .find(|pool| pool.setting == Some(ROCKSDB))
        .map_or(0, |pool| pool.floor_bytes(None));
    // Nodes that share a value and a limit share the finding.
    let mut found: BTreeMap<DocPath, Diagnostic> = BTreeMap::new();
    for node in &topology.nodes {
        let Some((at, size)) = given_bytes(cluster, node, ROCKSDB) else {
            continue;
        };
        if let Some((message, help)) = verdict(node, size, least) {
            found
                .entry(at.clone())
                .or_insert_with(|| Diagnostic::new(&RULE, at, message).help(help));
        }
    }
    found.into_values().collect()
}

fn verdict(node: &Node, size: u64, least: u64) -> Option<(String, String)> {
    let limit = node.resources.memory.as_bytes();
    let most = limit / 2;
    if size < least {
        let message = format!(
            "{} for RocksDB is less than the {} that it needs: the server uses that much anyway, or stalls",
            ByteSize::bytes(size).rounded_up(),
            ByteSize::bytes(least).rounded_up()
        );
        return Some((message, format!("write {} or more", ByteSize::bytes(least))));
    }
    // Another rule reports far more.
    if size <= most.max(least) || is_too_much_for_rocksdb(size, limit) {
        return None;
    }
    let message = format!(
        "RocksDB takes {} of the {} that {} has, and overshoots that under load: the rest runs short of memory",
        ByteSize::bytes(size).rounded_up(),
        node.resources.memory,
        node.name
    );
    let help = format!(
        "leave it out to have it derived, or write at most {} MiB",
        most >> 20
    );
    Some((message, help))
}
