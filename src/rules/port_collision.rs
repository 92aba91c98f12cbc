//! RG201: one host port for two things.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::{entry_of, node_path};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, NodeEntry, PortName, Role};
use crate::source::DocPath;
use crate::topology::{Node, NodeId, Topology};

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
pub(super) struct Published {
    pub(super) at: DocPath,
    pub(super) what: String,
    bind: IpAddr,
    node: Option<(NodeId, Option<usize>)>,
    is_given: bool,
}

impl Published {
    /// Whether both are ports of nodes that have one id: they then have one set of ports, which is the finding of the ids.
    fn is_of_namesake(&self, other: &Published) -> bool {
        match (self.node, other.node) {
            (Some((id, entry)), Some((other_id, other_entry))) => {
                id == other_id && entry != other_entry
            }
            _ => false,
        }
    }
}

/// Finds the ports that are published twice on addresses that overlap.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut taken: HashMap<u16, Vec<Published>> = HashMap::new();
    // Groups of many nodes may meet in many ports: one finding for each pair of places, and how many more there are.
    let mut found: BTreeMap<(DocPath, DocPath), (Diagnostic, usize)> = BTreeMap::new();
    for (port, published) in published_ports(cluster, topology) {
        let others = taken.entry(port).or_default();
        let Some(other) = others
            .iter()
            .find(|other| overlap(other.bind, published.bind))
        else {
            others.push(published);
            continue;
        };
        if other.is_of_namesake(&published) {
            continue;
        }
        let message = format!(
            "host port {port} is for {} and for {}, so one of them does not start",
            other.what, published.what
        );
        // The one that is written is the one to change.
        let (culprit, victim) = match (published.is_given, other.is_given) {
            (false, true) => (other, &published),
            _ => (&published, other),
        };
        let first = || {
            Diagnostic::new(&RULE, culprit.at.clone(), message)
                .related(victim.at.clone(), format!("{} has it", victim.what))
                .help("give one of them another port; without `ports` each node has its own")
        };
        let places = (culprit.at.clone(), victim.at.clone());
        found
            .entry(places)
            .and_modify(|(_, more)| *more += 1)
            .or_insert_with(|| (first(), 0));
    }
    found
        .into_values()
        .map(|(diagnostic, more)| match more {
            0 => diagnostic,
            more => diagnostic.label(format!("and {more} more ports of these nodes")),
        })
        .collect()
}

/// Every port that is published on the host, with its number.
pub(super) fn published_ports(cluster: &Cluster, topology: &Topology) -> Vec<(u16, Published)> {
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
                    node: None,
                    is_given: true,
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
                node: Some((node.id, node.entry)),
                is_given: has_own_ports(cluster, node),
            };
            (node.host_ports.port(name), published)
        })
    });
    store.chain(nodes).collect()
}

/// Whether the node's entry says anything of its ports.
fn has_own_ports(cluster: &Cluster, node: &Node) -> bool {
    match entry_of(cluster, node) {
        Some(NodeEntry::Node(entry)) => entry.ports.is_some(),
        Some(NodeEntry::Group(_)) | None => false,
    }
}

/// Whether a port on one of the addresses is taken on the other too.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}
