//! What the pods of nodes get from the cluster file, whether we, the Helm chart or the operator write them.

use serde::Serialize;

use super::units;
use crate::model::kubernetes::{Spread, Toleration};
use crate::server::credentials::nodes_secrets;
use crate::topology::files::KubernetesSource;
use crate::topology::{ObjectStore, Resources, Topology};

/// What all pods have in common.
#[derive(Serialize)]
pub struct PodsView<'a> {
    service_account_annotations: &'a [(String, String)],
    pull_secrets: &'a [String],
    priority_class: Option<&'a str>,
    tolerations: &'a [Toleration],
    /// Whether a pod rather waits than shares a machine while others have fewer.
    waits_for_machines: bool,
    asks_for_azure_identity: bool,
    files: Vec<FileView<'a>>,
    secret: &'a str,
    secret_keys: Vec<&'static str>,
    storage: String,
    storage_class: Option<&'a str>,
}

/// A key of a Secret or of a ConfigMap, at a path of its own.
#[derive(Serialize)]
pub struct FileView<'a> {
    volume: String,
    path: &'a str,
    #[serde(flatten)]
    source: &'a KubernetesSource,
}

/// The files that the nodes read, a volume each.
pub fn files(topology: &Topology) -> Vec<FileView<'_>> {
    let files = topology.files.iter().zip(1..);
    let files = files.filter_map(|(file, number)| {
        Some(FileView {
            volume: format!("file-{number}"),
            path: &file.path,
            source: file.kubernetes.as_ref()?,
        })
    });
    files.collect()
}

impl<'a> PodsView<'a> {
    /// Those of the cluster.
    pub fn of(topology: &'a Topology) -> Self {
        let kubernetes = &topology.kubernetes;
        Self {
            service_account_annotations: &kubernetes.service_account_annotations,
            pull_secrets: &kubernetes.image_pull_secrets,
            priority_class: kubernetes.priority_class.as_deref(),
            tolerations: &kubernetes.tolerations,
            waits_for_machines: kubernetes.spread == Spread::Required,
            asks_for_azure_identity: asks_for_azure_identity(topology),
            files: files(topology),
            secret: topology.kubernetes.secret(),
            secret_keys: nodes_secrets(&topology.object_store).collect(),
            storage: units::memory(topology.volumes.size),
            storage_class: topology.volumes.class.as_deref(),
        }
    }
}

/// Whether pods have to ask for the identity that the ServiceAccount's annotations give: AKS gives it to pods with a label alone. Source:
/// learn.microsoft.com/azure/aks/workload-identity-overview, pod labels.
fn asks_for_azure_identity(topology: &Topology) -> bool {
    let is_azure = matches!(topology.object_store, ObjectStore::Azure { .. });
    let annotations = &topology.kubernetes.service_account_annotations;
    is_azure
        && topology.object_store.takes_ambient_credentials()
        // Where the machines' own identity is meant, there is none to ask for.
        && annotations
            .iter()
            .any(|(key, _)| key.starts_with("azure.workload.identity/"))
}

/// CPU and memory of a pod.
#[derive(Default, Serialize)]
pub struct ResourcesView {
    cpus: Option<String>,
    memory: String,
    reserved_cpus: String,
    reserved_memory: String,
}

impl ResourcesView {
    /// Those of a node.
    pub fn of(resources: Resources) -> Self {
        Self {
            cpus: resources.cpus.map(units::cpus),
            memory: units::memory(resources.memory),
            reserved_cpus: units::cpus(resources.reserved_cpus),
            reserved_memory: units::memory(resources.reserved_memory),
        }
    }
}
