//! How the services and volumes next to the nodes are called: the one place that knows.

use serde::Serialize;

use super::interpolation::literal;
use crate::topology::{ExistingVolume, Node, Topology};

/// What stands next to the nodes in the Compose files of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Names {
    /// The service that holds `restatectl` and waits for the whole cluster.
    pub cluster: String,
    /// The provisioning step.
    pub provision: String,
    /// The step that makes the bucket of a bundled store.
    pub bucket: String,
    /// The bundled store, where there is one.
    pub store: Option<String>,
}

impl Names {
    /// The names in the files of that cluster.
    pub fn of(topology: &Topology) -> Self {
        let prefixed = |name: &str| format!("{}{name}", topology.compose.prefix);
        let store = topology.object_store.bundled();
        Self {
            cluster: prefixed("cluster"),
            provision: prefixed("provision"),
            bucket: prefixed("bucket"),
            store: store.map(|(name, ..)| prefixed(name)),
        }
    }
}

/// The services that the cluster consists of.
pub fn services(topology: &Topology) -> Vec<String> {
    let names = Names::of(topology);
    let nodes = topology.nodes.iter().map(|node| node.name.clone());
    let store = names
        .store
        .into_iter()
        .flat_map(|store| [store, names.bucket.clone()]);
    nodes
        .chain(store)
        .chain([names.provision, names.cluster])
        .collect()
}

/// URL of the bundled store's S3 API in the network.
pub fn store_url(topology: &Topology) -> Option<String> {
    let (_, port, _) = topology.object_store.bundled()?;
    Some(format!("http://{}:{port}", Names::of(topology).store?))
}

/// Where the data of a node are on the host, as a mount has it.
pub fn source_of_node(topology: &Topology, node: &Node) -> String {
    match &node.volume {
        Some(ExistingVolume::Folder(path)) => literal(path),
        Some(ExistingVolume::Named(_)) => volume_of(&node.name),
        None => source_of(topology, &node.name),
    }
}

/// Where the data of a service are on the host, as a mount has it: a volume of Docker's, or a folder of the host.
pub fn source_of(topology: &Topology, service: &str) -> String {
    match &topology.volumes.path {
        Some(path) => format!("{}/{service}", literal(path)),
        None => volume_of(service),
    }
}

/// The volume of a service: a node's, the store's or the provisioning step's.
pub fn volume_of(service: &str) -> String {
    format!("{service}-data")
}
