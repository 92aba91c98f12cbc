//! A RestateCluster for Restate's operator, with what the operator does not run beside it: the bundled store and its bucket.

use minijinja::Value;
use serde::Serialize;

use super::files::{FileView, files};
use super::helm_and_operator_guide::Of;
use super::network::{PoliciesView, external_store_port, kafka_ports, policies, tracing_ports};
use super::nodes::{
    EntryView, TolerationView, asks_for_azure_identity, entries, store_environment, toleration,
    when_unsatisfiable,
};
use super::{companions, helm_and_operator, nodes_secret_keys, provision, secret, units, verbatim};
use crate::model::ReplicationProperty;
use crate::model::kubernetes::Spread;
use crate::render;
use crate::server::{self, Assignment, toml};
use crate::topology::{ObjectStore, Topology};
use crate::tree::RenderedTree;

/// How much longer Kubernetes waits than the server's own shutdown.
const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    version: &'static str,
    cluster_name: &'a str,
    configuration: Vec<Value>,
    storage_bytes: u64,
    storage_class: &'a str,
    has_storage_class: bool,
    image: String,
    pull_secrets: &'a [String],
    pulls_with_secrets: bool,
    replicas: usize,
    has_environment: bool,
    secret: &'a str,
    secret_keys: Vec<&'static str>,
    environment: Vec<EntryView>,
    limits_cpus: bool,
    files: Vec<FileView>,
    has_files: bool,
    cpus: String,
    memory: String,
    reserved_cpus: String,
    reserved_memory: String,
    priority_class: &'a str,
    has_priority_class: bool,
    pod_annotations: Vec<EntryView>,
    has_pod_annotations: bool,
    node_selector: Vec<EntryView>,
    has_node_selector: bool,
    tolerations: Vec<TolerationView<'a>>,
    has_tolerations: bool,
    when_unsatisfiable: &'static str,
    waits_for_machines: bool,
    asks_for_azure_identity: bool,
    grace_seconds: u64,
    #[serde(flatten)]
    policies: PoliciesView<'a>,
    bundled_store: bool,
    store: &'static str,
    store_port: u16,
    has_external_store: bool,
    external_store_port: u16,
    takes_ambient_credentials: bool,
    asks_google_for_tokens: bool,
    has_tracing: bool,
    tracing_ports: Vec<u16>,
    has_kafka: bool,
    kafka_ports: Vec<u16>,
    service_account_annotations: Vec<EntryView>,
    has_service_account_annotations: bool,
}

/// `restatecluster.yaml` and its companions.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let mut resources = Vec::new();
    if topology.object_store.bundled().is_some() {
        resources.push(("bucket.yaml", provision::render_bucket(topology, command)));
    }
    companions(
        topology,
        command,
        ("restatecluster.yaml", resource(topology, command)),
        resources,
        &Of::Operator,
        &provision::bucket_job(topology),
    )
}

fn resource(topology: &Topology, command: &str) -> String {
    let kubernetes = &topology.kubernetes;
    let settings = helm_and_operator::settings(topology);
    let environment = store_environment(topology);
    let keys = nodes_secret_keys(topology);
    let pod_annotations = helm_and_operator::pod_annotations(topology);
    let resources = helm_and_operator::node(topology).map(|node| node.resources);
    let quantity = |of: fn(crate::topology::Resources) -> String| resources.map(of);
    let bundled = topology.object_store.bundled();
    let external_store_port = external_store_port(&topology.object_store);
    let takes_ambient_credentials = topology.object_store.takes_ambient_credentials();
    let tracing_ports = tracing_ports(topology);
    let kafka_ports = kafka_ports(topology);
    let files = files(topology);
    let view = View {
        command: verbatim(command),
        namespace: &kubernetes.namespace,
        version: topology.release.text(),
        cluster_name: &topology.cluster_name,
        configuration: configuration(topology, &settings),
        storage_bytes: topology.volumes.size.as_bytes(),
        storage_class: topology.volumes.class.as_deref().unwrap_or_default(),
        has_storage_class: topology.volumes.class.is_some(),
        image: topology.image.reference(),
        pull_secrets: &kubernetes.image_pull_secrets,
        pulls_with_secrets: !kubernetes.image_pull_secrets.is_empty(),
        replicas: topology.nodes.len(),
        has_environment: !environment.is_empty() || !keys.is_empty(),
        secret: secret(topology),
        secret_keys: keys,
        environment,
        limits_cpus: resources.is_some_and(|of| of.cpus.is_some()),
        cpus: resources
            .and_then(|of| of.cpus)
            .map(units::cpus)
            .unwrap_or_default(),
        has_files: !files.is_empty(),
        files,
        memory: quantity(|of| units::memory(of.memory)).unwrap_or_default(),
        reserved_cpus: quantity(|of| units::cpus(of.reserved_cpus)).unwrap_or_default(),
        reserved_memory: quantity(|of| units::memory(of.reserved_memory)).unwrap_or_default(),
        priority_class: kubernetes.priority_class.as_deref().unwrap_or_default(),
        has_priority_class: kubernetes.priority_class.is_some(),
        has_pod_annotations: !pod_annotations.is_empty(),
        pod_annotations,
        has_node_selector: !kubernetes.node_selector.is_empty(),
        node_selector: entries(&kubernetes.node_selector),
        has_tolerations: !kubernetes.tolerations.is_empty(),
        when_unsatisfiable: when_unsatisfiable(kubernetes.spread),
        asks_for_azure_identity: asks_for_azure_identity(topology),
        waits_for_machines: kubernetes.spread == Spread::Required,
        tolerations: kubernetes.tolerations.iter().map(toleration).collect(),
        grace_seconds: server::shutdown_seconds(&settings) + SHUTDOWN_MARGIN_SECONDS,
        policies: policies(topology),
        bundled_store: bundled.is_some(),
        store: bundled.map_or("", |(name, ..)| name),
        store_port: bundled.map_or(0, |(_, port, _)| port),
        has_external_store: external_store_port.is_some(),
        external_store_port: external_store_port.unwrap_or_default(),
        takes_ambient_credentials,
        asks_google_for_tokens: takes_ambient_credentials
            && matches!(topology.object_store, ObjectStore::Gcs(_)),
        has_tracing: !tracing_ports.is_empty(),
        tracing_ports,
        has_kafka: !kafka_ports.is_empty(),
        kafka_ports,
        has_service_account_annotations: !kubernetes.service_account_annotations.is_empty(),
        service_account_annotations: entries(&kubernetes.service_account_annotations),
    };
    render::render(
        "restatecluster.yaml",
        include_str!("../../../templates/kubernetes/restatecluster.yaml"),
        &view,
    )
}

/// Restate's configuration file. What the operator gives as variables is left out, because they go over the file; how the cluster is
/// founded is added, because the operator passes nothing on and the node's own defaults hold.
fn configuration(topology: &Topology, settings: &[Assignment]) -> Vec<Value> {
    let replication: serde_json::Value = match &topology.log_replication {
        ReplicationProperty::Nodes(nodes) => (*nodes).into(),
        scoped @ ReplicationProperty::Scoped(_) => scoped.notation().into(),
    };
    let founding = [
        Assignment::new("default-num-partitions", topology.partitions),
        Assignment::new("default-replication", replication),
    ];
    founding
        .iter()
        .chain(settings)
        .filter(|setting| !matches!(setting.path.as_ref(), "cluster-name" | "base-dir"))
        .map(|setting| verbatim(&toml::line(setting)))
        .collect()
}
