//! RG102: a node with the id of one that was removed for good.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, NodeEntry};
use crate::places::entries;
use crate::source::DocPath;
use crate::topology::ids::id_in_name;

/// A node with the id of one that was removed for good.
pub static RULE: Rule = Rule {
    code: "RG102",
    slug: "retired-id",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node has an id that is listed in `retired_ids`.

## Why

An id belongs to one node and its data. While the cluster still lists the old node, a node with its id and an empty disk
is treated as one that lost its data: it goes to `data-loss` and exits (run: 1.7.12, volume removed, same id). After
`restatectl nodes remove` nothing remembers the id. The cluster silently accepts it as a new member and writes to it
(run: 1.7.12, a removed node started again, with its old volume and with an empty one). The copies of the log that the
old node is still counted on for are then missing.

## Fails

```yaml
retired_ids: [2]
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3}
```

## Passes

```yaml
retired_ids: [2]
nodes:
  - {id: 1}
  - {id: 3}
  - {id: 4}
```
"#,
};

/// Finds the nodes whose entry gives them a retired id. Default ids skip the retired ones.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let retired: BTreeMap<u32, usize> = cluster
        .retired_ids
        .iter()
        .enumerate()
        .map(|(index, id)| (*id, index))
        .collect();
    let mut found = Vec::new();
    for (index, entry) in entries(cluster).iter().enumerate() {
        let NodeEntry::Node(node) = entry else {
            continue;
        };
        let by_name = || {
            node.name
                .as_deref()
                .and_then(id_in_name)
                .map(|id| (id, "name"))
        };
        let Some((id, key)) = node.id.map(|id| (id, "id")).or_else(by_name) else {
            continue;
        };
        if let Some(place) = retired.get(&id) {
            let message = format!(
                "id {id} is retired: the cluster would treat this node as the one that had it, whose data it lacks"
            );
            found.push(
                Diagnostic::new(&RULE, DocPath::of(["nodes"]).index(index).key(key), message)
                    .related(DocPath::of(["retired_ids"]).index(*place), "retired here")
                    .help("give the node an id that was never used"),
            );
        }
    }
    found
}
