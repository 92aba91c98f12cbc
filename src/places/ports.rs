//! The ports that are published on the host, and where the file says so.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{entry_of, node_path};
use crate::model::environment::HostPort;
use crate::model::{Cluster, NodeEntry};
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// A port that is published on the host.
#[derive(Clone, Copy)]
pub struct Published<'a> {
    owner: Owner<'a>,
    /// What the file calls it: `ingress`, `api`.
    name: &'static str,
    bind: IpAddr,
}

/// What a port leads to.
#[derive(Clone, Copy)]
enum Owner<'a> {
    /// A bundled store, by its name.
    Store(&'static str),
    /// A node.
    Node(&'a Node),
}

impl Published<'_> {
    /// Where the file speaks of it, or `.env`, where that sets it.
    pub fn at(&self, cluster: &Cluster) -> DocPath {
        if let Some(port) = self.of_environment(cluster) {
            return DocPath::of([".env", port.variable.as_str()]);
        }
        match self.owner {
            Owner::Store(_) => DocPath::of(["object_store", "ports", self.name]),
            Owner::Node(node) => node_path(node).key("ports").key(self.name),
        }
    }

    /// What it is, for messages.
    pub fn what(&self) -> String {
        let owner = match self.owner {
            Owner::Store(name) => name,
            Owner::Node(node) => &node.name,
        };
        format!("the {} of {owner}", self.name)
    }

    /// What `.env` sets it to, where it does.
    fn of_environment<'c>(&self, cluster: &'c Cluster) -> Option<&'c HostPort> {
        let node = match self.owner {
            Owner::Store(_) => None,
            Owner::Node(node) => Some(node.id.0),
        };
        cluster.host_ports.get(&(node, self.name))
    }

    /// Whether the file says something of it. A store's ports are fixed numbers, which is as good as written.
    pub fn is_given(&self, cluster: &Cluster) -> bool {
        if self.of_environment(cluster).is_some() {
            return true;
        }
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

/// Every port that is published on the host, with its number.
pub fn published_ports(topology: &Topology) -> impl Iterator<Item = (u16, Published<'_>)> {
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

/// Ports that are published twice on addresses that overlap: the number, the later one, and the first that it meets.
pub fn collisions(topology: &Topology) -> Vec<(u16, Published<'_>, Published<'_>)> {
    let mut taken: HashMap<u16, Vec<Published>> = HashMap::new();
    let mut collisions = Vec::new();
    for (port, published) in published_ports(topology) {
        let others = taken.entry(port).or_default();
        match others
            .iter()
            .find(|other| overlap(other.bind, published.bind))
        {
            None => others.push(published),
            Some(other) if other.is_of_namesake(&published) => {}
            Some(other) => collisions.push((port, published, *other)),
        }
    }
    collisions
}

/// Whether a port on one of the addresses is taken on the other too.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}
