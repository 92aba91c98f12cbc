//! RG101: two nodes with one id.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::Cluster;
use crate::places::id_path;
use crate::source::DocPath;
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

The second one to join makes the server panic with `duplicate plain node id` (run: 1.7.12 with a used
`--force-node-id`).

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
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut first: BTreeMap<NodeId, &Node> = BTreeMap::new();
    // Groups that overlap share many ids: one finding for each pair of places.
    let mut shared: BTreeMap<(DocPath, DocPath), Vec<NodeId>> = BTreeMap::new();
    for node in &topology.nodes {
        let Some(other) = first.get(&node.id) else {
            first.insert(node.id, node);
            continue;
        };
        let places = (id_path(cluster, node), id_path(cluster, other));
        shared.entry(places).or_default().push(node.id);
    }
    shared
        .into_iter()
        .map(|((at, other), ids)| {
            let message = match ids.as_slice() {
                [id] => {
                    format!(
                        "id {id} is already used by another node, so the second one to join panics"
                    )
                }
                ids => format!(
                    "ids {} are already used by other nodes, so the second ones to join panic",
                    listed(ids)
                ),
            };
            Diagnostic::new(&RULE, at, message)
                .related(other, "the other node")
                .help("give every node its own id, one that was never used before")
        })
        .collect()
}
