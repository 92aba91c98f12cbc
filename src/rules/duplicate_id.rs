//! RG101: two nodes with one id.

use std::collections::BTreeMap;

use super::node_path;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::topology::{Node, NodeId, Topology};

/// Two nodes with one id.
pub static RULE: Rule = Rule {
    code: "RG101",
    slug: "duplicate-id",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Two nodes have the same id.

## Why

The second one that joins makes the server panic with `duplicate plain node id` (run: 1.7.12 with a used `--force-node-id`).

## Fails

```yaml
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 2}
```

## Passes

```yaml
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3}
```
"#,
};

/// Finds the ids that more than one node has.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut first: BTreeMap<NodeId, &Node> = BTreeMap::new();
    let mut found = Vec::new();
    for node in &topology.nodes {
        let Some(other) = first.get(&node.id) else {
            first.insert(node.id, node);
            continue;
        };
        let message = format!(
            "id {} is that of another node, so the second one to join panics",
            node.id
        );
        found.push(
            Diagnostic::new(&RULE, node_path(node), message)
                .related(node_path(other), "the other node")
                .help("give every node an id of its own, and never one that was used before"),
        );
    }
    found
}
