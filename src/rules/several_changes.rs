//! RG714: several changes in one step.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;
use crate::topology::Topology;

/// Several changes in one step.
pub static RULE: Rule = Rule {
    code: "RG714",
    slug: "several-changes",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The version changes together with the nodes or the replication.

## Why

Each of these changes is safe only while everything else stays the same. While nodes restart one by one for a new
version, no copies may be missing because other nodes come or go ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). When something goes wrong, one change can be undone, two cannot.

## Fails

```yaml
version: 1.6.2
nodes: 3
```

becomes

```yaml
version: 1.7.12
nodes: 5
```

## Passes

```yaml
version: 1.6.2
nodes: 3
```

becomes

```yaml
version: 1.7.12
nodes: 3
```
"#,
};

/// Finds a new version together with other changes.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before, change.after);
    if before.release == after.release {
        return Vec::new();
    }
    let ids =
        |topology: &Topology| -> Vec<_> { topology.nodes.iter().map(|node| node.id).collect() };
    let mut beside = Vec::new();
    if ids(before) != ids(after) {
        beside.push("nodes");
    }
    let is_same_replication = before.log_replication.is_same_as(&after.log_replication)
        && before
            .partition_replication
            .is_same_as(&after.partition_replication);
    if !is_same_replication {
        beside.push("replication");
    }
    if beside.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "the version changes together with the {}: a node that is down for its upgrade may be one node too many",
        beside.join(" and the ")
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["version"]), message)
        .help("make one change, wait until every partition is active, then make the next");
    vec![found]
}
