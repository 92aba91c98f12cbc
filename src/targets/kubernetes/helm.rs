//! Values for Restate's Helm chart, with what the chart lacks beside them: the bundled store and the step that founds the cluster.

use minijinja::Value;
use serde::Serialize;

use super::configuration::literal;
use super::files::{FileView, files};
use super::helm_and_operator_guide::Of;
use super::nodes::{
    EntryView, TolerationView, asks_for_azure_identity, budget, entries, store_environment,
    toleration, when_unsatisfiable,
};
use super::provision::Asked;
use super::{companions, helm_and_operator, nodes_secret_keys, provision, secret, units, verbatim};
use crate::model::kubernetes::{Monitoring, Spread};
use crate::render;
use crate::server::{self, Assignment, environment};
use crate::topology::Topology;
use crate::tree::RenderedTree;

/// What the chart's pods get to shut down: it sets no grace period, so Kubernetes' 30 seconds hold, less a margin.
const SHUTDOWN_SECONDS: u64 = 25;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    replicas: usize,
    repository: &'a str,
    tag: &'static str,
    takes_tag: bool,
    digest: &'a str,
    has_digest: bool,
    pull_secrets: &'a [String],
    pulls_with_secrets: bool,
    service_account_annotations: Vec<EntryView>,
    has_service_account_annotations: bool,
    pod_annotations: Vec<EntryView>,
    has_pod_annotations: bool,
    log_filter: String,
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
    storage: String,
    storage_class: &'a str,
    has_storage_class: bool,
    monitors: bool,
    keeps_quorum: bool,
    may_be_down: usize,
    node_selector: Vec<EntryView>,
    has_node_selector: bool,
    tolerations: Vec<TolerationView<'a>>,
    has_tolerations: bool,
    when_unsatisfiable: &'static str,
    waits_for_machines: bool,
    asks_for_azure_identity: bool,
}

/// `values.yaml` and its companions.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let asked = || Asked {
        metadata_servers: helm_and_operator::urls(topology.nodes.len()),
        other_nodes: Vec::new(),
    };
    let provision = provision::render(topology, command, asked());
    companions(
        topology,
        command,
        ("values.yaml", values(topology, command)),
        vec![("provision.yaml", provision)],
        &Of::Chart,
        &provision::job(topology, asked()),
    )
}

fn values(topology: &Topology, command: &str) -> String {
    let kubernetes = &topology.kubernetes;
    let mut settings = helm_and_operator::settings(topology);
    if server::shutdown_seconds(&settings) > SHUTDOWN_SECONDS {
        settings.retain(|setting| setting.path != "shutdown-timeout");
        let shorter = format!("{SHUTDOWN_SECONDS}s");
        settings.push(Assignment::new("shutdown-timeout", shorter));
    }
    let log_filter = settings
        .iter()
        .find(|setting| setting.path == "log-filter")
        .and_then(|setting| setting.value.as_str())
        .unwrap_or("warn,restate=info")
        .to_owned();
    let mut environment: Vec<EntryView> = settings
        .iter()
        .filter(|setting| setting.path != "log-filter")
        .map(|setting| {
            let variable = environment::variable(setting);
            EntryView {
                name: variable.name,
                value: literal(&variable.value),
            }
        })
        .collect();
    environment.extend(store_environment(topology));
    let pod_annotations = helm_and_operator::pod_annotations(topology);
    let resources = helm_and_operator::node(topology).map(|node| node.resources);
    let quantity = |of: fn(crate::topology::Resources) -> String| resources.map(of);
    let files = files(topology);
    let view = View {
        command: verbatim(command),
        namespace: &kubernetes.namespace,
        replicas: topology.nodes.len(),
        repository: &topology.image.repository,
        tag: topology.release.text(),
        // Older charts take their own version for it, which is the same.
        takes_tag: topology.release.chart_takes("image.tag"),
        digest: topology.image.digest.as_deref().unwrap_or_default(),
        has_digest: topology.image.digest.is_some(),
        pull_secrets: &kubernetes.image_pull_secrets,
        pulls_with_secrets: !kubernetes.image_pull_secrets.is_empty(),
        service_account_annotations: entries(&kubernetes.service_account_annotations),
        has_service_account_annotations: !kubernetes.service_account_annotations.is_empty(),
        has_pod_annotations: !pod_annotations.is_empty(),
        pod_annotations,
        log_filter,
        secret: secret(topology),
        secret_keys: nodes_secret_keys(topology),
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
        storage: units::memory(topology.volumes.size),
        storage_class: topology.volumes.class.as_deref().unwrap_or_default(),
        has_storage_class: topology.volumes.class.is_some(),
        monitors: kubernetes.monitoring == Monitoring::ServiceMonitor,
        keeps_quorum: topology.nodes.len() > 1,
        may_be_down: budget(topology).may_be_down,
        has_node_selector: !kubernetes.node_selector.is_empty(),
        node_selector: entries(&kubernetes.node_selector),
        has_tolerations: !kubernetes.tolerations.is_empty(),
        when_unsatisfiable: when_unsatisfiable(kubernetes.spread),
        asks_for_azure_identity: asks_for_azure_identity(topology),
        waits_for_machines: kubernetes.spread == Spread::Required,
        tolerations: kubernetes.tolerations.iter().map(toleration).collect(),
    };
    render::render(
        "values.yaml",
        include_str!("../../../templates/kubernetes/values.yaml"),
        &view,
    )
}
