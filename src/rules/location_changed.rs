//! RG704: a changed location for a node that holds data.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::places::node_path;
use crate::topology::Node;
use std::collections::BTreeSet;

/// A changed location for a node that holds data.
pub static RULE: Rule = Rule {
    code: "RG704",
    slug: "location-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node's `location` changed.

## Why

Copies of the log and of partitions were placed by the location that the node had. The server accepts the new one
without moving them, so a replication by zone may no longer hold. The loss of one zone may then take every copy. A
removed location stays in the metadata (restatedev/restate crates/node/src/init.rs; the published schema of 1.7.2 warns
of data loss). A first location for a node that had none is what the server expects.

## Fails

```yaml
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
```

becomes

```yaml
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.d}
```

## Passes

```yaml
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
```

becomes

```yaml
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
  - {id: 4, location: eu.a}
  - {id: 5, location: eu.b}
```
"#,
};

/// Finds the nodes that moved.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    // A first location is what the server expects; nodes of one entry moved together.
    let moved = |(before, after): &(&Node, &Node)| {
        !before.location.is_empty() && before.location != after.location
    };
    let mut seen = BTreeSet::new();
    change
        .kept()
        .filter(moved)
        .filter(|(_, after)| seen.insert(node_path(after)))
        .map(|(before, after)| {
            let message = format!(
                "{} holds copies that were placed for a node {}, and nothing moves them when it is {}",
                after.name,
                quoted(&before.location),
                place(&after.location)
            );
            Diagnostic::new(&RULE, node_path(after).key("location"), message)
                .help("keep the old location; to move a node, add a new one there and retire this one")
        })
        .collect()
}

fn place(location: &str) -> String {
    match location {
        "" => "without a location".to_owned(),
        location => format!("in {}", quoted(location)),
    }
}
