//! RG207: a node for which the cluster's block of host ports has no room.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, NodeEntry};
use crate::places::{entry_of, id_path};
use crate::source::DocPath;
use crate::topology::Topology;
use crate::topology::ports::{BLOCK, LAST_ID_OF_BLOCK};

/// A node for which the cluster's block of host ports has no room.
pub static RULE: Rule = Rule {
    code: "RG207",
    slug: "port-block",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file sets `ports.base`, and a node has an id above 99.

## Why

A base starts a block of 1000 host ports, and node n uses those from base + 10 n. The next block may belong to another
cluster, and a container does not start on a port that is taken (run: Docker 20.10, `port is already allocated`).

## Fails

```yaml
nodes:
  - {id: 100}
ports: {base: 11000}
```

## Passes

```yaml
nodes:
  - {id: 99}
ports: {base: 11000}
```
"#,
};

/// Finds the nodes whose ports would be another cluster's.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(base) = cluster.ports.as_ref().and_then(|ports| ports.base) else {
        return Vec::new();
    };
    let last = u32::from(base) + BLOCK - 1;
    let mut found: BTreeMap<DocPath, Diagnostic> = BTreeMap::new();
    for node in &topology.nodes {
        let mut ports = node.ports();
        if node.id.0 <= LAST_ID_OF_BLOCK || ports.all(|port| node.host_ports.port(port.name) != 0) {
            continue;
        }
        let help = match entry_of(cluster, node) {
            Some(NodeEntry::Group(_)) => "use a lower `first_id` for the group",
            Some(NodeEntry::Node(_)) => "give the node a lower id, or set its `ports`",
            None => "remove `base`: `ports: {scheme: sequential}` has room for more",
        };
        let at = id_path(cluster, node);
        found.entry(at.clone()).or_insert_with(|| {
            let message = format!(
                "{} has id {}, which has no host ports in this cluster's block, {base} to {last}",
                node.name, node.id
            );
            Diagnostic::new(&RULE, at, message)
                .related(DocPath::of(["ports", "base"]), "the block starts here")
                .help(help)
        });
    }
    found.into_values().collect()
}
