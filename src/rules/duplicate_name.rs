//! RG103: two nodes with one name.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::places::node_path;
use crate::topology::ids::default_name;
use crate::topology::{Node, Topology};

/// Two nodes with one name.
pub static RULE: Rule = Rule {
    code: "RG103",
    slug: "duplicate-name",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Two nodes have the same name.

## Why

A name is the node's host name and its service in Compose, where the second one would override the first. The cluster
identifies its members by name, and each node's data is in a folder of that name (restatedev/restate
crates/types/src/config/mod.rs; issue 5303).

## Fails

```yaml
nodes:
  - {id: 1, name: alpha}
  - {id: 2, name: alpha}
  - {id: 3, name: gamma}
```

## Passes

```yaml
nodes:
  - {id: 1, name: alpha}
  - {id: 2, name: beta}
  - {id: 3, name: gamma}
```
"#,
};

/// Finds the names that more than one node has.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, &Node> = HashMap::new();
    let mut found = Vec::new();
    for node in &topology.nodes {
        let Some(other) = first.get(node.name.as_str()) else {
            first.insert(&node.name, node);
            continue;
        };
        // Names that follow from equal ids are the finding of the ids.
        if node.id == other.id && node.name == default_name(node.id.0) {
            continue;
        }
        let message = format!(
            "the name `{}` is already used by another node, so one would override the other",
            node.name
        );
        // The one that is written: a name that follows from the id is right by itself.
        let follows = node.name == default_name(node.id.0);
        let (at, other) = if follows {
            (*other, node)
        } else {
            (node, *other)
        };
        found.push(
            Diagnostic::new(&RULE, node_path(at).key("name"), message)
                .related(node_path(other).key("name"), "the other node")
                .help("give every node its own name, or leave `name` out for `restate-<id>`"),
        );
    }
    found
}
