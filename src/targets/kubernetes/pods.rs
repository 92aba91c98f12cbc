//! What the pods of nodes get from the cluster file, whether we, the Helm chart or the operator write them.

use serde::Serialize;

use super::files::{FileView, files};
use super::{nodes_secret_keys, secret, units};
use crate::model::kubernetes::{Spread, TaintEffect, Toleration};
use crate::topology::{ObjectStore, Resources, Topology};

/// What all pods have in common.
#[derive(Serialize)]
pub struct PodsView<'a> {
    service_account_annotations: &'a [(String, String)],
    pull_secrets: &'a [String],
    priority_class: Option<&'a str>,
    tolerations: Vec<TolerationView<'a>>,
    when_unsatisfiable: &'static str,
    waits_for_machines: bool,
    asks_for_azure_identity: bool,
    files: Vec<FileView<'a>>,
    secret: &'a str,
    secret_keys: Vec<&'static str>,
    storage: String,
    storage_class: Option<&'a str>,
}

/// A taint that is tolerated.
#[derive(Serialize)]
struct TolerationView<'a> {
    key: &'a str,
    operator: &'static str,
    value: Option<&'a str>,
    effect: Option<&'static str>,
}

impl<'a> PodsView<'a> {
    /// Those of the cluster.
    pub fn of(topology: &'a Topology) -> Self {
        let kubernetes = &topology.kubernetes;
        Self {
            service_account_annotations: &kubernetes.service_account_annotations,
            pull_secrets: &kubernetes.image_pull_secrets,
            priority_class: kubernetes.priority_class.as_deref(),
            tolerations: kubernetes.tolerations.iter().map(toleration).collect(),
            // What the scheduler does with a pod that would stand where others have fewer.
            when_unsatisfiable: match kubernetes.spread {
                Spread::Preferred => "ScheduleAnyway",
                Spread::Required => "DoNotSchedule",
            },
            waits_for_machines: kubernetes.spread == Spread::Required,
            asks_for_azure_identity: asks_for_azure_identity(topology),
            files: files(topology),
            secret: secret(topology),
            secret_keys: nodes_secret_keys(topology),
            storage: units::memory(topology.volumes.size),
            storage_class: topology.volumes.class.as_deref(),
        }
    }
}

fn toleration(toleration: &Toleration) -> TolerationView<'_> {
    let Toleration { key, value, effect } = toleration;
    TolerationView {
        key,
        operator: if value.is_some() { "Equal" } else { "Exists" },
        value: value.as_deref(),
        effect: effect.map(|effect| match effect {
            TaintEffect::NoSchedule => "NoSchedule",
            TaintEffect::PreferNoSchedule => "PreferNoSchedule",
            TaintEffect::NoExecute => "NoExecute",
        }),
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
