//! RG106: a node whose id depends on the rest of the list.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, NodeEntry};
use crate::places::{entries, node_path};
use crate::topology::Topology;
use crate::topology::ids::id_in_name;

/// A node whose id depends on the rest of the list.
pub static RULE: Rule = Rule {
    code: "RG106",
    slug: "id-by-position",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

One of several entries of `nodes` has neither an `id` nor a name `restate-<id>`, or is a group without `first_id`.

## Why

Such a node takes the lowest free id, which depends on the other entries of the list. Its name, ports and volume follow
from the id. When an entry is added above it or a group grows, the node gets a different id and starts on another node's
data. A server refuses to start under a changed id (restatedev/restate, `NodeIdMismatch`).

## Fails

```yaml
nodes:
  - {id: 1}
  - {resources: {cpus: 4}}
  - {id: 3}
```

## Passes

```yaml
nodes:
  - {id: 1}
  - {id: 2, resources: {cpus: 4}}
  - {id: 3}
```
"#,
};

/// Finds the entries whose nodes have their ids from their position in the list.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let entries = entries(cluster);
    if entries.len() < 2 {
        return Vec::new();
    }
    let mut reported = vec![false; entries.len()];
    let mut found = Vec::new();
    // By id, so the first node of a group that comes is the one with its lowest id.
    for node in &topology.nodes {
        let Some(index) = node.entry.filter(|index| !reported[*index]) else {
            continue;
        };
        let (is_given, key, what) = match &entries[index] {
            NodeEntry::Node(entry) => {
                let in_name = entry.name.as_deref().and_then(id_in_name);
                (entry.id.or(in_name).is_some(), "id", "the node")
            }
            NodeEntry::Group(group) => (
                group.first_id.is_some(),
                "first_id",
                "the group's first node",
            ),
        };
        if is_given {
            continue;
        }
        reported[index] = true;
        let id = node.id;
        let message = format!(
            "{what} has id {id} by its position in the list, so a new entry above it changes its name, ports and volume"
        );
        found.push(
            Diagnostic::new(&RULE, node_path(node), message)
                .help(format!("write `{key}: {id}`, its current id")),
        );
    }
    found
}
