//! RG201: one host port for two things.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::{entry_of, node_path};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, NodeEntry};
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// One host port for two things.
pub static RULE: Rule = Rule {
    code: "RG201",
    slug: "port-collision",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Two published ports have the same number on the same address of the host.

## Why

The second container does not start: `port is already allocated`. `docker compose config` does not notice (run: Compose
2.26 exits 0).

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

/// A port on the host.
pub(super) struct Published<'a> {
    owner: Owner<'a>,
    /// What the file calls it: `ingress`, `api`.
    name: &'static str,
    bind: IpAddr,
}

/// What a port leads to.
enum Owner<'a> {
    /// A bundled store, by its name.
    Store(&'static str),
    /// A node.
    Node(&'a Node),
}

impl Published<'_> {
    /// Where the file speaks of it.
    pub(super) fn at(&self) -> DocPath {
        match self.owner {
            Owner::Store(_) => DocPath::of(["object_store", "ports", self.name]),
            Owner::Node(node) => node_path(node).key("ports").key(self.name),
        }
    }

    /// What it is, for messages.
    pub(super) fn what(&self) -> String {
        let owner = match self.owner {
            Owner::Store(name) => name,
            Owner::Node(node) => &node.name,
        };
        format!("the {} of {owner}", self.name)
    }

    /// Whether the file says something of it. A store's ports are fixed numbers, which is as good as written.
    fn is_given(&self, cluster: &Cluster) -> bool {
        let Owner::Node(node) = self.owner else {
            return true;
        };
        match entry_of(cluster, node) {
            Some(NodeEntry::Node(entry)) => entry.ports.is_some(),
            Some(NodeEntry::Group(_)) | None => false,
        }
    }

    /// Whether both are ports of nodes that have one id: they then have one set of ports, which is the finding of the ids.
    fn is_of_namesake(&self, other: &Self) -> bool {
        match (&self.owner, &other.owner) {
            (Owner::Node(node), Owner::Node(other)) => {
                node.id == other.id && node.entry != other.entry
            }
            _ => false,
        }
    }
}

/// Finds the ports that are published twice on addresses that overlap.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut taken: HashMap<u16, Vec<Published>> = HashMap::new();
    // Groups of many nodes may share many ports: one finding for each pair of places, and how many more there are.
    let mut found: BTreeMap<(DocPath, DocPath), (Diagnostic, usize)> = BTreeMap::new();
    for (port, published) in published_ports(topology) {
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
            "host port {port} is used by {} and by {}, so one of them does not start",
            other.what(),
            published.what()
        );
        // The one that is written is the one to change.
        let (culprit, victim) = match (published.is_given(cluster), other.is_given(cluster)) {
            (false, true) => (other, &published),
            _ => (&published, other),
        };
        let places = (culprit.at(), victim.at());
        let first = || {
            Diagnostic::new(&RULE, culprit.at(), message)
                .related(victim.at(), format!("used by {}", victim.what()))
                .help("change one of the ports, or leave `ports` out to give each node its own")
        };
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
pub(super) fn published_ports(topology: &Topology) -> impl Iterator<Item = (u16, Published<'_>)> {
    let private = topology.private_bind;
    let store = topology.object_store.bundled().into_iter();
    let store = store.flat_map(move |(store, _, of_store)| {
        [
            ("api", of_store.api_port),
            ("console", of_store.console_port),
        ]
        .map(|(name, port)| {
            let owner = Owner::Store(store);
            let bind = private;
            (port, Published { owner, name, bind })
        })
    });
    let nodes = topology.nodes.iter().flat_map(move |node| {
        topology.published_ports(node).map(move |port| {
            let published = Published {
                owner: Owner::Node(node),
                name: port.name.name(),
                bind: topology.bind(port.name),
            };
            (node.host_ports.port(port.name), published)
        })
    });
    // One that does not fit below 65536 is another rule's finding.
    store.chain(nodes).filter(|(port, _)| *port != 0)
}

/// Whether a port on one of the addresses is taken on the other too.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}
