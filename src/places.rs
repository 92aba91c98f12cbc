//! Where the cluster file says what: its part about a node, an id, a setting, a port. Findings point there.

pub mod ports;
pub mod settings;

use serde_json::Value;

use crate::facts::{JobPart, PodPart};
use crate::model::{Cluster, NodeEntry, Nodes, Replication, ReplicationProperty, Resources, Role};
use crate::source::DocPath;
use crate::topology::compose::Of;
use crate::topology::{Node, Topology};

/// The entries of the list of nodes; none where the file gives a count.
pub fn entries(cluster: &Cluster) -> &[NodeEntry] {
    match &cluster.nodes {
        Some(Nodes::List(entries)) => entries,
        Some(Nodes::Count(_)) | None => &[],
    }
}

/// The entry of the file that a node comes from.
pub fn entry_of<'a>(cluster: &'a Cluster, node: &Node) -> Option<&'a NodeEntry> {
    entries(cluster).get(node.entry?)
}

/// Where the file speaks of the node: its entry in the list, or the count.
pub fn node_path(node: &Node) -> DocPath {
    let nodes = DocPath::of(["nodes"]);
    match node.entry {
        Some(entry) => nodes.index(entry),
        None => nodes,
    }
}

/// Where a node's id is written, or follows from.
pub fn id_path(cluster: &Cluster, node: &Node) -> DocPath {
    let path = node_path(node);
    match entry_of(cluster, node) {
        Some(NodeEntry::Group(_)) => path.key("first_id"),
        Some(NodeEntry::Node(entry)) => {
            let by_name = entry.id.is_none() && entry.name.is_some();
            path.key(if by_name { "name" } else { "id" })
        }
        None => path,
    }
}

/// What the file says of a node's resources and where: first its entry, then the cluster.
pub fn resource_layers<'a>(
    cluster: &'a Cluster,
    node: &Node,
) -> impl Iterator<Item = (DocPath, &'a Resources)> + use<'a> {
    let own = entry_of(cluster, node).and_then(NodeEntry::resources);
    let own = own.map(|resources| (node_path(node).key("resources"), resources));
    let of_cluster = cluster.resources.as_ref();
    own.into_iter()
        .chain(of_cluster.map(|resources| (DocPath::of(["resources"]), resources)))
}

/// What is kept in copies, and by whom.
pub struct Copies<'a> {
    /// In how many.
    pub property: &'a ReplicationProperty,
    /// The role of those who keep them.
    pub role: Role,
    /// What it is, for messages.
    pub what: &'static str,
    /// Where the file says in how many.
    pub at: DocPath,
}

/// The copies of the logs and of the partitions.
pub fn copies<'a>(cluster: &Cluster, topology: &'a Topology) -> [Copies<'a>; 2] {
    // Default copies that are too many for the nodes that the file lists.
    let place = |key: &str, given: bool| match &cluster.replication {
        Some(Replication::Both(_)) => DocPath::of(["replication"]),
        Some(Replication::Each(_)) if given => DocPath::of(["replication", key]),
        Some(Replication::Each(_)) | None => DocPath::of(["nodes"]),
    };
    let (logs, partitions) = match &cluster.replication {
        Some(Replication::Each(each)) => (each.logs.is_some(), each.partitions.is_some()),
        _ => (false, false),
    };
    [
        Copies {
            property: &topology.log_replication,
            role: Role::LogServer,
            what: "the log",
            at: place("logs", logs),
        },
        Copies {
            property: &topology.partition_replication,
            role: Role::Worker,
            what: "each partition",
            at: place("partitions", partitions),
        },
    ]
}

/// Every key of a pod or container that the file gives the nodes: of what, where, the key and its value.
pub fn pod_keys(cluster: &Cluster) -> impl Iterator<Item = (PodPart, DocPath, &str, &Value)> {
    let sections = cluster.kubernetes.iter().flat_map(|kubernetes| {
        [
            (PodPart::Pod, &kubernetes.pod),
            (PodPart::Container, &kubernetes.container),
        ]
    });
    sections.flat_map(|(part, keys)| {
        keys.iter().map(move |(key, value)| {
            let at = DocPath::of(["kubernetes", part.name(), key.as_str()]);
            (part, at, key.as_str(), value)
        })
    })
}

/// The HCL that the file gives the nodes' groups and tasks: of what, where, and the text.
pub fn job_parts(cluster: &Cluster) -> impl Iterator<Item = (JobPart, DocPath, &str)> {
    let sections = cluster
        .nomad
        .iter()
        .flat_map(|nomad| [(JobPart::Group, &nomad.group), (JobPart::Task, &nomad.task)]);
    sections.filter_map(|(part, text)| {
        let at = DocPath::of(["nomad", part.name()]);
        Some((part, at, text.as_deref()?))
    })
}

/// Every key of Compose's own that the file gives a service: the service, where, the key and its value.
pub fn compose_keys(cluster: &Cluster) -> impl Iterator<Item = (Of, DocPath, &str, &Value)> {
    let sections = cluster.compose.iter().flat_map(|compose| {
        [
            (Of::Node, "node", &compose.node),
            (Of::Store, "store", &compose.store),
        ]
    });
    sections.flat_map(|(of, section, keys)| {
        keys.iter().map(move |(key, value)| {
            (
                of,
                DocPath::of(["compose", section, key.as_str()]),
                key.as_str(),
                value,
            )
        })
    })
}
