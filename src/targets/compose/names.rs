//! How the services and volumes next to the nodes are called: the one place that knows.

use serde::Serialize;

use super::interpolation::literal;
use crate::topology::Topology;

/// What stands next to the nodes in the Compose files of one cluster.
#[derive(Debug, Clone, Copy)]
pub struct Names<'t> {
    topology: &'t Topology,
}

impl<'t> Names<'t> {
    /// The names in the files of that cluster.
    pub fn of(topology: &'t Topology) -> Self {
        Self { topology }
    }

    fn prefixed(self, name: &str) -> String {
        format!("{}{name}", self.topology.compose.prefix)
    }

    /// The service that holds `restatectl` and waits for the whole cluster.
    pub fn cluster(self) -> String {
        self.prefixed("cluster")
    }

    /// The provisioning step.
    pub fn provision(self) -> String {
        self.prefixed("provision")
    }

    /// The volume of the provisioning step, which holds its marker.
    pub fn provision_volume(self) -> String {
        volume_of(&self.provision())
    }

    /// The step that makes the bucket of a bundled store.
    pub fn bucket(self) -> String {
        self.prefixed("bucket")
    }

    /// The bundled store, where there is one.
    pub fn store(self) -> Option<String> {
        let (name, ..) = self.topology.object_store.bundled()?;
        Some(self.prefixed(name))
    }

    /// URL of the bundled store's S3 API in the network.
    pub fn store_url(self) -> Option<String> {
        let (name, port, _) = self.topology.object_store.bundled()?;
        Some(format!("http://{}:{port}", self.prefixed(name)))
    }
}

/// The names as a template sees them.
#[derive(Serialize)]
pub struct NamesView {
    cluster: String,
    provision: String,
    bucket: String,
    store: Option<String>,
}

impl NamesView {
    /// The names of that cluster, for a template.
    pub fn of(names: Names) -> Self {
        Self {
            cluster: names.cluster(),
            provision: names.provision(),
            bucket: names.bucket(),
            store: names.store(),
        }
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
