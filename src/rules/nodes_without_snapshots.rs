//! RG723: nodes that come or go in a cluster without snapshots.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;

/// Nodes that come or go in a cluster without snapshots.
pub static RULE: Rule = Rule {
    code: "RG723",
    slug: "nodes-without-snapshots",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Nodes are added to a cluster that has no snapshots, or removed from it.

## Why

A new node starts its partitions from a snapshot. Without snapshots the log is never trimmed, so a log server is never
empty ([Restate, snapshots](https://docs.restate.dev/server/snapshots); run: 1.7.12, `restatectl nodes remove` refuses a
node that the log still needs). A store that comes with the same change has no snapshots yet.

## Fails

```yaml
nodes: 3
object_store: none
```

becomes

```yaml
nodes: 5
object_store: seaweedfs
```

## Passes

```yaml
nodes: 3
object_store: none
```

becomes

```yaml
nodes: 3
object_store: seaweedfs
```
"#,
};

/// Finds that there are no snapshots for a change of the nodes.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    if change.before.snapshots.is_some() {
        return Vec::new();
    }
    let message = match (change.added().is_empty(), change.removed().is_empty()) {
        (true, true) => return Vec::new(),
        (false, _) => "the cluster has no snapshots, so new nodes have nothing to start from",
        (true, false) => {
            "the cluster has no snapshots, so its log is never trimmed and no node can be drained"
        }
    };
    let found = Diagnostic::new(&RULE, DocPath::of(["object_store"]), message).help(
        "first add an `object_store` alone, restart the nodes with it and run `restatectl snapshots create`; `restate-gen plan` shows the steps",
    );
    vec![found]
}
