//! RG201: one host port for two things.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::node_path;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, PortName, Role};
use crate::source::DocPath;
use crate::topology::Topology;

/// One host port for two things.
pub static RULE: Rule = Rule {
    code: "RG201",
    slug: "port-collision",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Two published ports have the same number on the same address of the host.

## Why

The second container does not start: `port is already allocated`. `docker compose config` does not notice (run: Compose 2.26 exits 0).

## Fails

```yaml
nodes:
  - {id: 1, ports: {admin: 8080}}
  - {id: 2}
  - {id: 3}
```

## Passes

```yaml
nodes:
  - {id: 1, ports: {admin: 8081}}
  - {id: 2}
  - {id: 3}
```
"#,
};

/// A published port: where the file speaks of it, what it is, and where it listens.
struct Published {
    at: DocPath,
    what: String,
    bind: IpAddr,
}

/// Finds the ports that are published twice on addresses that overlap.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut taken: BTreeMap<u16, Vec<Published>> = BTreeMap::new();
    let mut found = Vec::new();
    for (port, published) in published_ports(topology) {
        let others = taken.entry(port).or_default();
        if let Some(other) = others
            .iter()
            .find(|other| overlap(other.bind, published.bind))
        {
            let message = format!(
                "host port {port} is for {} and for {}, so one of them does not start",
                other.what, published.what
            );
            found.push(
                Diagnostic::new(&RULE, published.at.clone(), message)
                    .related(other.at.clone(), format!("{} has it", other.what))
                    .help("give one of them another port; without `ports` each node has its own"),
            );
        }
        others.push(published);
    }
    found
}

fn published_ports(topology: &Topology) -> Vec<(u16, Published)> {
    let store = topology
        .object_store
        .bundled()
        .into_iter()
        .flat_map(|(name, _, store)| {
            [("api", store.api_port), ("console", store.console_port)].map(|(port_name, port)| {
                let published = Published {
                    at: DocPath::of(["object_store", "ports", port_name]),
                    what: format!("the {port_name} of {name}"),
                    bind: topology.private_bind,
                };
                (port, published)
            })
        });
    let nodes = topology.nodes.iter().flat_map(|node| {
        [
            (
                PortName::Ingress,
                "ingress",
                topology.ingress_bind,
                Some(Role::HttpIngress),
            ),
            (
                PortName::Admin,
                "admin",
                topology.private_bind,
                Some(Role::Admin),
            ),
            (PortName::Fabric, "fabric", topology.private_bind, None),
        ]
        .into_iter()
        .filter(|(name, .., role)| {
            topology.published.contains(name) && role.is_none_or(|role| node.has(role))
        })
        // One that does not fit below 65536 is another rule's finding.
        .filter(|(name, ..)| node.host_ports.port(*name) != 0)
        .map(move |(name, text, bind, _)| {
            let published = Published {
                at: node_path(node).key("ports").key(text),
                what: format!("the {text} of {}", node.name),
                bind,
            };
            (node.host_ports.port(name), published)
        })
    });
    store.chain(nodes).collect()
}

/// Whether a port on one of the addresses is taken on the other too.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}
