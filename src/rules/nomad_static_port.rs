//! RG641: one static port for two nodes on one host.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, NodeEntry, PortName};
use crate::places::ports::collisions;
use crate::places::{entry_of, node_path};
use crate::source::DocPath;
use crate::topology::nomad::Host;
use crate::topology::{Node, Topology};

/// One static port for two nodes on one host.
pub static RULE: Rule = Rule {
    code: "RG641",
    slug: "nomad-static-port",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Two nodes that may share a host under Nomad, or a node and the bundled store, have the same static port.

## Why

A Nomad job has no `ports.bind`: all ports are on the client's one address. The scheduler does not place the second
group: `Dimension "network: reserved port collision"` (run: Nomad 1.11.1). `nomad job validate` does not notice.

## Fails

```yaml
nodes:
  - {id: 1, ports: {admin: 10002}}
  - {id: 2}
  - {id: 3}
nomad: {one_host: true}
```

## Passes

```yaml
nodes:
  - {id: 1, ports: {admin: 14001}}
  - {id: 2}
  - {id: 3}
nomad: {one_host: true}
```
"#,
};

/// Finds static ports that two groups of one host have.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    // Ports that meet on every engine have their finding.
    if cluster.nomad.is_none() || !collisions(topology).is_empty() {
        return Vec::new();
    }
    let nomad = &topology.nomad;
    let mut taken: HashMap<(Option<&Host>, u16), (DocPath, String)> = HashMap::new();
    let mut found = Vec::new();
    if nomad.one_host
        && let Some((store, _, of_store)) = topology.object_store.bundled()
    {
        for (name, port) in [
            ("api", of_store.api_port),
            ("console", of_store.console_port),
        ] {
            let at = DocPath::of(["object_store", "ports", name]);
            // On whichever host the store may land.
            for host in std::iter::once(None).chain(nomad.hosts.iter().map(Some)) {
                taken.insert((host, port), (at.clone(), format!("the {name} of {store}")));
            }
        }
    }
    for (index, node) in topology.nodes.iter().enumerate() {
        let host = nomad.hosts.get(index);
        for port in node.ports() {
            let (name, label) = (port.name, port.name.name());
            let port = node.static_ports.port(name);
            let is_alone = host.is_none() && !nomad.one_host;
            if port == 0 {
                continue;
            }
            let at = node_path(node).key("ports").key(label);
            let what = format!("the {label} of {}", node.name);
            // A node that has a host for itself can only meet itself.
            let key = (host, port);
            let met = if is_alone {
                meets_itself(node, name, port).then(|| (at.clone(), what.clone()))
            } else {
                taken.get(&key).cloned()
            };
            match met {
                Some((other_at, other)) => {
                    // The one that is written is the one to change.
                    let (at, other_at) = if has_ports(cluster, node) {
                        (at, other_at)
                    } else {
                        (other_at, at)
                    };
                    let message = format!(
                        "static port {port} is for {other} and for {what} on one host, so Nomad does not place one of them"
                    );
                    found.push(
                        Diagnostic::new(&RULE, at, message)
                            .related(other_at, "the other one")
                            .help("change one of the ports, or leave `ports` out to give each node its own"),
                    );
                }
                None => {
                    taken.insert(key, (at, what));
                }
            }
        }
    }
    found
}

/// Whether an earlier port of the same node has that number.
fn meets_itself(node: &Node, name: PortName, port: u16) -> bool {
    let mut earlier = node.ports().take_while(|earlier| earlier.name != name);
    earlier.any(|earlier| node.static_ports.port(earlier.name) == port)
}

/// Whether the file gives the node's ports.
fn has_ports(cluster: &Cluster, node: &Node) -> bool {
    match entry_of(cluster, node) {
        Some(NodeEntry::Node(entry)) => entry.ports.is_some(),
        Some(NodeEntry::Group(_)) | None => false,
    }
}
