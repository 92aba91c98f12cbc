//! RG704: another location for a node that is there.

use super::{Change, node_path};
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::topology::Node;

/// Another location for a node that is there.
pub static RULE: Rule = Rule {
    code: "RG704",
    slug: "location-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node has another `location` than before.

## Why

The location is taken into the cluster's metadata when the node joins, and copies of the log are placed by it; a node that comes back with another one is refused ([Restate, cluster deployment](https://docs.restate.dev/server/clusters)).

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
    let moved = |(before, after): &(&Node, &Node)| before.location != after.location;
    change
        .kept()
        .filter(moved)
        .map(|(before, after)| {
            let message = format!(
                "{} joined the cluster {}, and would be refused {}",
                after.name,
                place(&before.location),
                place(&after.location)
            );
            Diagnostic::new(&RULE, node_path(after).key("location"), message)
                .help("leave it as it was; to move a node, add a new one there and retire this one")
        })
        .collect()
}

fn place(location: &str) -> String {
    match location {
        "" => "without a location".to_owned(),
        location => format!("at {}", quoted(location)),
    }
}
