//! RG703: a node whose name and id no longer belong together.

use std::collections::BTreeMap;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::{Cluster, NodeEntry};
use crate::places::{entry_of, node_path};
use crate::topology::Node;

/// A node whose name and id no longer belong together.
pub static RULE: Rule = Rule {
    code: "RG703",
    slug: "identity-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node's name and id are no longer the pair that the cluster knows.

## Why

Name and id are written into the node's data and into the cluster's metadata. A server whose id does not match its data
exits with `NodeIdMismatch`. One with a new name and an old id is refused ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters); restatedev/restate crates/types/src/nodes_config.rs).

## Fails

```yaml
nodes:
  - {name: restate-1, id: 1}
  - {id: 2}
  - {id: 3}
```

becomes

```yaml
nodes:
  - {name: alpha, id: 1}
  - {id: 2}
  - {id: 3}
```

## Passes

```yaml
nodes: 3
```

becomes

```yaml
nodes:
  - {id: 3}
  - {id: 1}
  - {id: 2}
```
"#,
};

/// Finds the nodes whose name and id no longer belong together. A name that the cluster knows says which node is meant.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let before = &change.before.nodes;
    let by_id: BTreeMap<_, _> = before.iter().map(|node| (node.id, &node.name)).collect();
    let by_name: BTreeMap<_, _> = before.iter().map(|node| (&node.name, node.id)).collect();
    let mut found = Vec::new();
    for node in &change.after.nodes {
        let at = node_path(node);
        if let Some(id) = by_name.get(&node.name).filter(|id| **id != node.id) {
            let message = format!(
                "{} is node {id} in the cluster, and would not start as node {}",
                quoted(&node.name),
                node.id
            );
            let help = format!("write `id: {id}`, or give the new node a name that was never used");
            let key = if writes_id(change.files.after, node) {
                "id"
            } else {
                "name"
            };
            found.push(Diagnostic::new(&RULE, at.key(key), message).help(help));
            continue;
        }
        if let Some(name) = by_id.get(&node.id).filter(|name| **name != &node.name) {
            let message = format!(
                "node {} is {} in the cluster, and would not start as {}",
                node.id,
                quoted(name),
                quoted(&node.name)
            );
            let help =
                format!("write `name: {name}`, or give the new node an id that was never used");
            found.push(Diagnostic::new(&RULE, at.key("name"), message).help(help));
        }
    }
    found
}

/// Whether the file writes the node's id, and does not leave it to its position.
fn writes_id(cluster: &Cluster, node: &Node) -> bool {
    matches!(entry_of(cluster, node), Some(NodeEntry::Node(entry)) if entry.id.is_some())
}
