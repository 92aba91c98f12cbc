//! The view of `nodes.yaml`: who stands where, the StatefulSets, the disruption budget.

use minijinja::Value;
use serde::Serialize;

use super::configuration;
use super::files::{FileView, files};
use super::{HEADLESS_SERVICE, fabric_urls, nodes_secret_keys, script, secret, units, verbatim};
use crate::facts::{ADMIN_PORT, FABRIC_HEALTH_PATH, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::model::kubernetes::{Monitoring, Spread, TaintEffect, Toleration};
use crate::model::{ReplicationProperty, Role};
use crate::render;
use crate::server::DATA_FOLDER;
use crate::server::credentials::nodes_keys;
use crate::server::environment;
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, ObjectStore, Topology};

/// How long a node serves on after its Service has stopped sending to it: what a proxy may take to hear of that.
const DRAIN_SECONDS: u64 = 5;
/// How long a node has to stay ready before the next one is restarted.
pub const SETTLING_SECONDS: u64 = 10;
/// How much longer Kubernetes waits than the server's own shutdown, the drain included, so that it is never killed in the middle of one.
const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    instance: &'a str,
    version: &'static str,
    service_account_annotations: Vec<EntryView>,
    has_service_account_annotations: bool,
    places: Vec<PlaceView>,
    sets: Vec<SetView<'a>>,
    files: Vec<FileView>,
    headless_service: &'static str,
    image: String,
    pull_secrets: &'a [String],
    pulls_with_secrets: bool,
    priority_class: &'a str,
    has_priority_class: bool,
    pod_annotations: Vec<EntryView>,
    tolerations: Vec<TolerationView<'a>>,
    has_tolerations: bool,
    when_unsatisfiable: &'static str,
    waits_for_machines: bool,
    annotates_metrics: bool,
    asks_for_azure_identity: bool,
    fabric_port: u16,
    ingress_port: u16,
    admin_port: u16,
    fabric_health_path: &'static str,
    metrics_path: &'static str,
    drain_seconds: u64,
    settling_seconds: u64,
    data_folder: &'static str,
    look_script: Vec<Value>,
    metadata_servers: String,
    secret: &'a str,
    secret_keys: Vec<&'static str>,
    storage: String,
    storage_class: &'a str,
    has_storage_class: bool,
    keeps_quorum: bool,
    may_be_down: usize,
    disruption_reasons: Vec<Value>,
}

/// A label or an annotation.
#[derive(Serialize)]
pub struct EntryView {
    pub name: String,
    pub value: String,
}

#[derive(Serialize)]
struct PlaceView {
    file: String,
    lines: Vec<Value>,
}

#[derive(Serialize)]
struct SetView<'a> {
    name: &'a str,
    replicas: usize,
    is_numbered: bool,
    first_ordinal: u32,
    is_numbered_as_nodes: bool,
    first_node: Value,
    first_pod: Value,
    update_strategy: &'static str,
    roles: String,
    serves_ingress: bool,
    serves_admin: bool,
    node_selector: Vec<EntryView>,
    has_node_selector: bool,
    is_in_one_zone: bool,
    grace_seconds: u64,
    environment: Vec<EntryView>,
    probes_by_http: bool,
    probe_port: u16,
    probe_path: &'static str,
    probe_script: String,
    limits_cpus: bool,
    cpus: String,
    memory: String,
    reserved_cpus: String,
    reserved_memory: String,
}

/// A taint that is tolerated.
#[derive(Serialize)]
pub struct TolerationView<'a> {
    key: &'a str,
    operator: &'static str,
    value: &'a str,
    has_value: bool,
    effect: &'static str,
    has_effect: bool,
}

/// `nodes.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "nodes.yaml",
        include_str!("../../../templates/kubernetes/nodes.yaml"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let kubernetes = &topology.kubernetes;
    let mut places = Vec::with_capacity(topology.nodes.len());
    let metadata_servers = fabric_urls(topology, |node| node.has(Role::MetadataServer));
    let sets = kubernetes
        .sets
        .iter()
        .filter_map(|set| set_view(topology, set, &metadata_servers, &mut places))
        .collect();
    let budget = budget(topology);
    // The node of the place, by its own file.
    let look_script = concat!(
        "set -eu\n",
        include_str!("../../../templates/scripts/look.sh"),
        "look \"$(sed -n 's/^node-name = \"\\(.*\\)\"$/\\1/p' \"/config/$POD_NAME.toml\")\"\n",
    );
    View {
        command: verbatim(command),
        namespace: &kubernetes.namespace,
        instance: &topology.cluster_name,
        version: topology.release.text(),
        service_account_annotations: entries(&kubernetes.service_account_annotations),
        has_service_account_annotations: !kubernetes.service_account_annotations.is_empty(),
        places,
        sets,
        files: files(topology),
        headless_service: HEADLESS_SERVICE,
        image: topology.image.reference(),
        pull_secrets: &kubernetes.image_pull_secrets,
        pulls_with_secrets: !kubernetes.image_pull_secrets.is_empty(),
        priority_class: kubernetes.priority_class.as_deref().unwrap_or_default(),
        has_priority_class: kubernetes.priority_class.is_some(),
        pod_annotations: entries(&kubernetes.pod_annotations),
        tolerations: kubernetes.tolerations.iter().map(toleration).collect(),
        has_tolerations: !kubernetes.tolerations.is_empty(),
        when_unsatisfiable: when_unsatisfiable(kubernetes.spread),
        waits_for_machines: kubernetes.spread == Spread::Required,
        asks_for_azure_identity: asks_for_azure_identity(topology),
        annotates_metrics: kubernetes.monitoring == Monitoring::Annotations,
        fabric_port: FABRIC_PORT,
        ingress_port: INGRESS_PORT,
        admin_port: ADMIN_PORT,
        fabric_health_path: FABRIC_HEALTH_PATH,
        metrics_path: METRICS_PATH,
        drain_seconds: DRAIN_SECONDS,
        settling_seconds: SETTLING_SECONDS,
        look_script: script(look_script),
        metadata_servers: metadata_servers.join(","),
        data_folder: DATA_FOLDER,
        secret: secret(topology),
        secret_keys: nodes_secret_keys(topology),
        storage: units::memory(topology.volumes.size),
        storage_class: topology.volumes.class.as_deref().unwrap_or_default(),
        has_storage_class: topology.volumes.class.is_some(),
        keeps_quorum: topology.nodes.len() > 1,
        may_be_down: budget.may_be_down,
        disruption_reasons: budget
            .reasons
            .iter()
            .map(|reason| verbatim(reason))
            .collect(),
    }
}

fn set_view<'a>(
    topology: &'a Topology,
    set: &'a NodeSet,
    metadata_servers: &[String],
    places: &mut Vec<PlaceView>,
) -> Option<SetView<'a>> {
    let nodes: Vec<&Node> = set
        .pods
        .iter()
        .filter_map(|pod| topology.nodes.iter().find(|node| node.id == pod.node))
        .collect();
    let node = *nodes.first()?;
    let configuration = configuration::of(topology, set, &nodes, metadata_servers);
    places.extend(configuration.identities.into_iter().map(|identity| {
        let lines = identity.lines.iter().map(|line| verbatim(line));
        PlaceView {
            file: format!("{}.toml", identity.pod),
            lines: lines.collect(),
        }
    }));
    let zone = zone(topology, node);
    let mut node_selector = entries(&topology.kubernetes.node_selector);
    node_selector.extend(zone.map(|zone| EntryView {
        name: "topology.kubernetes.io/zone".into(),
        value: zone.into(),
    }));
    let probe = node.probe();
    let resources = node.resources;
    let mut environment: Vec<EntryView> = configuration
        .environment
        .into_iter()
        .map(|variable| EntryView {
            name: variable.name,
            value: variable.value,
        })
        .collect();
    environment.extend(store_environment(topology));
    Some(SetView {
        name: &set.name,
        replicas: set.pods.len(),
        is_numbered: set.first_ordinal() > 0,
        first_ordinal: set.first_ordinal(),
        is_numbered_as_nodes: set.pods.iter().all(|pod| pod.ordinal == pod.node.0),
        first_node: verbatim(&node.name),
        first_pod: verbatim(
            &set.pods
                .first()
                .map_or_else(String::new, |pod| set.pod_name(pod)),
        ),
        // Several StatefulSets would each restart a pod at the same moment, and so, together, more than the quorum can spare.
        update_strategy: if topology.kubernetes.sets.len() == 1 {
            "RollingUpdate"
        } else {
            "OnDelete"
        },
        roles: configuration.roles,
        serves_ingress: node.has(Role::HttpIngress),
        serves_admin: node.has(Role::Admin),
        has_node_selector: !node_selector.is_empty(),
        node_selector,
        is_in_one_zone: zone.is_some(),
        grace_seconds: configuration.shutdown_seconds + SHUTDOWN_MARGIN_SECONDS,
        environment,
        probes_by_http: probe.body_contains.is_none(),
        probe_port: probe.port,
        probe_path: probe.path,
        // This one answers 200 from the start, so what it says counts.
        probe_script: format!(
            "curl --noproxy '*' -fsS -m 4 http://127.0.0.1:{}{} | jq -e '.status == \"Alive\"'",
            probe.port, probe.path
        ),
        limits_cpus: resources.cpus.is_some(),
        cpus: resources.cpus.map(units::cpus).unwrap_or_default(),
        memory: units::memory(resources.memory),
        reserved_cpus: units::cpus(resources.reserved_cpus),
        reserved_memory: units::memory(resources.reserved_memory),
    })
}

/// The zone label of the machines that the node must run on, where its location has one.
fn zone<'a>(topology: &'a Topology, node: &Node) -> Option<&'a str> {
    let zones = &topology.kubernetes.zones;
    let (_, zone) = zones
        .iter()
        .find(|(location, _)| !node.location.is_empty() && *location == node.location)?;
    Some(zone)
}

/// What the nodes are told of the store beside settings: its account, or the credentials of the bundled one.
pub fn store_environment(topology: &Topology) -> Vec<EntryView> {
    let stated = environment::store_variables(&topology.object_store).into_iter();
    let stated = stated.map(|variable| EntryView {
        name: variable.name,
        value: configuration::literal(&variable.value),
    });
    stated.chain(bundled_credentials(topology)).collect()
}

/// Whether pods have to ask for the identity that the ServiceAccount's annotations give: AKS gives it to pods with a label alone. Source:
/// learn.microsoft.com/azure/aks/workload-identity-overview, pod labels.
pub fn asks_for_azure_identity(topology: &Topology) -> bool {
    let is_azure = matches!(topology.object_store, ObjectStore::Azure { .. });
    let annotations = &topology.kubernetes.service_account_annotations;
    is_azure
        && topology.object_store.takes_ambient_credentials()
        // Where the machines' own identity is meant, there is none to ask for.
        && annotations
            .iter()
            .any(|(key, _)| key.starts_with("azure.workload.identity/"))
}

/// The bundled store's credentials go under the server's own keys: the AWS variables would reach the client of Lambda services too.
/// In quotes, so that the server takes a secret of digits alone for the text that it is.
fn bundled_credentials(topology: &Topology) -> Vec<EntryView> {
    if topology.object_store.bundled().is_none() {
        return Vec::new();
    }
    let settings = [
        "RESTATE_WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID",
        "RESTATE_WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY",
    ];
    settings
        .into_iter()
        .zip(nodes_keys(&topology.object_store))
        .map(|(name, key)| EntryView {
            name: name.into(),
            value: match key.default {
                Some(default) => format!("\"{default}\""),
                None => format!("\"$({})\"", key.name),
            },
        })
        .collect()
}

/// Labels or annotations.
pub fn entries(pairs: &[(String, String)]) -> Vec<EntryView> {
    pairs
        .iter()
        .map(|(name, value)| EntryView {
            name: name.clone(),
            value: value.clone(),
        })
        .collect()
}

pub fn toleration(toleration: &Toleration) -> TolerationView<'_> {
    TolerationView {
        key: &toleration.key,
        operator: if toleration.value.is_some() {
            "Equal"
        } else {
            "Exists"
        },
        value: toleration.value.as_deref().unwrap_or_default(),
        has_value: toleration.value.is_some(),
        effect: match toleration.effect {
            Some(TaintEffect::NoSchedule) => "NoSchedule",
            Some(TaintEffect::PreferNoSchedule) => "PreferNoSchedule",
            Some(TaintEffect::NoExecute) => "NoExecute",
            None => "",
        },
        has_effect: toleration.effect.is_some(),
    }
}

/// What the scheduler does with a pod that would stand where others have fewer.
pub fn when_unsatisfiable(spread: Spread) -> &'static str {
    match spread {
        Spread::Preferred => "ScheduleAnyway",
        Spread::Required => "DoNotSchedule",
    }
}

/// How many nodes may be down on purpose.
pub struct Budget {
    /// That many at once.
    pub may_be_down: usize,
    /// What it follows from, a line each.
    pub reasons: Vec<String>,
}

/// What the quorums and the copies of partitions leave to spare. At least one: with none, machines could never be drained. So where a
/// partition has one copy, its node may go all the same, as it does at any restart: the partition comes back on another.
pub fn budget(topology: &Topology) -> Budget {
    let count = |role: Role| topology.nodes_with(role).count();
    let metadata_servers = count(Role::MetadataServer);
    let survival = topology.survival();
    let (metadata_spare, log_spare) = (survival.metadata, survival.log);
    let log_servers = count(Role::LogServer);
    let mut reasons = vec![
        format!("{metadata_servers} metadata servers need a majority: {metadata_spare} to spare."),
        match &topology.log_replication {
            ReplicationProperty::Nodes(copies) => {
                format!("{log_servers} log servers keep {copies} copies: {log_spare} to spare.")
            }
            by_location => format!(
                "{log_servers} log servers keep copies in {}: {log_spare} to spare.",
                by_location.notation()
            ),
        },
    ];
    let mut may_be_down = metadata_spare.min(log_spare);
    // Copies of a partition are on as many workers; where there are as many as of the log, the log is the one that decides.
    let partition_copies = usize::from(topology.partition_replication.copies());
    if topology.partition_replication != topology.log_replication {
        let workers = count(Role::Worker);
        reasons.push(match partition_copies {
            0 | 1 => format!(
                "{workers} workers keep each partition once: it stops until another worker starts it."
            ),
            copies => format!(
                "{workers} workers keep {copies} copies of each partition: {} to spare.",
                copies - 1
            ),
        });
        may_be_down = may_be_down.min(partition_copies.saturating_sub(1));
    }
    Budget {
        may_be_down: may_be_down.max(1),
        reasons,
    }
}

/// The names of all pods, by set and number.
pub fn pods(topology: &Topology) -> Vec<String> {
    let sets = topology.kubernetes.sets.iter();
    sets.flat_map(|set| set.pods.iter().map(|pod| set.pod_name(pod)))
        .collect()
}
