//! RG411: two nodes in one volume.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::node_path;
use crate::topology::{Node, Topology};

/// Two nodes in one volume.
pub static RULE: Rule = Rule {
    code: "RG411",
    slug: "shared-volume",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

Two nodes have the same `volume`.

## Why

The log keeps its copies on several nodes, so that one disk may be lost. In one volume all copies are lost together, and
`backup.sh` and `restore.sh`, which archive the volume of each node, would replace the data of both at once. Two servers
can run in one volume, because each writes into a folder with its own name (restatedev/restate
crates/types/src/config/mod.rs@v1.7.6), so this is only seen when the volume is lost.

Stop the nodes and copy the folder of each into a volume of its own.

## Fails

```yaml
nodes:
  - {name: restate-1, volume: shop_restate_data}
  - {name: restate-2, volume: shop_restate_data}
  - {name: restate-3}
```

## Passes

```yaml
nodes:
  - {name: restate-1, volume: shop_restate_data}
  - {name: restate-2}
  - {name: restate-3}
```
"#,
};

/// Finds a volume that an earlier node has already.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut owners: HashMap<&str, &Node> = HashMap::new();
    let mut found = Vec::new();
    for node in &topology.nodes {
        let Some(volume) = &node.volume else { continue };
        match owners.get(volume.text()) {
            None => {
                owners.insert(volume.text(), node);
            }
            Some(owner) => {
                let at = |node: &Node| node_path(node).key("volume");
                let message = format!(
                    "{} and {} both keep their data in {}, so one disk holds all copies",
                    owner.name,
                    node.name,
                    quoted(volume.text())
                );
                found.push(
                    Diagnostic::new(&RULE, at(node), message)
                        .related(at(owner), "the first")
                        .help("copy the node's folder into a volume of its own, and name that"),
                );
            }
        }
    }
    found
}
