//! RG401: several nodes without snapshots.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// Several nodes without snapshots.
pub static RULE: Rule = Rule {
    code: "RG401",
    slug: "no-snapshots",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A cluster of several nodes keeps no snapshots.

## Why

Without a snapshot the state exists only in the log, so the server never trims it and disks fill (durability mode
`balanced` without `worker.snapshots.destination`, restatedev/restate
crates/worker/src/partition/leadership/durability_tracker.rs). If a log was trimmed all the same, a node that joins
later loops with `TrimGapEncountered` ([Restate, snapshots](https://docs.restate.dev/server/snapshots)).

## Fails

```yaml
nodes: 3
object_store: none
```

## Passes

```yaml
nodes: 1
object_store: none
```
"#,
};

/// Finds a cluster of several nodes that has no place for snapshots.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let nodes = topology.nodes.len();
    if nodes < 2 || topology.snapshots.is_some() {
        return Vec::new();
    }
    let (reason, help) = match topology.object_store {
        ObjectStore::None => ("no object store", "use `minio` or another store"),
        _ => (
            "an external store but no destination",
            "write `snapshots: {destination: ...}` with a bucket and a prefix",
        ),
    };
    let message =
        format!("{reason} for {nodes} nodes: the log is never trimmed, and new nodes cannot join");
    vec![Diagnostic::new(&RULE, DocPath::of(["object_store"]), message).help(help)]
}
