//! The view of `nodes.yaml`: who stands where, the StatefulSets, the disruption budget.

use minijinja::Value;
use serde::Serialize;

use super::configuration;
use super::pods::{PodsView, ResourcesView};
use super::{HEADLESS_SERVICE, HeadView, fabric_urls, script, verbatim};
use crate::facts::{ADMIN_PORT, FABRIC_HEALTH_PATH, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::model::kubernetes::Monitoring;
use crate::model::{ReplicationProperty, Role};
use crate::render;
use crate::server::DATA_FOLDER;
use crate::server::credentials::nodes_keys;
use crate::server::environment;
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, Topology};

/// How long a node serves on after its Service has stopped sending to it: what a proxy may take to hear of that.
const DRAIN_SECONDS: u64 = 5;
/// How long a node has to stay ready before the next one is restarted.
pub const SETTLING_SECONDS: u64 = 10;
/// How much longer Kubernetes waits than the server's own shutdown, the drain included, so that it is never killed in the middle of one.
pub const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    #[serde(flatten)]
    pods: PodsView<'a>,
    places: Vec<PlaceView>,
    sets: Vec<SetView<'a>>,
    headless_service: &'static str,
    image: String,
    pod_annotations: &'a [(String, String)],
    annotates_metrics: bool,
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
    budget: Option<BudgetView>,
}

#[derive(Serialize)]
struct BudgetView {
    may_be_down: usize,
    reasons: Vec<Value>,
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
    /// The number of its first pod; none where that is Kubernetes' own.
    first_ordinal: Option<u32>,
    is_numbered_as_nodes: bool,
    first_node: Value,
    first_pod: Value,
    update_strategy: &'static str,
    roles: String,
    serves_ingress: bool,
    serves_admin: bool,
    node_selector: Vec<(&'a str, &'a str)>,
    is_in_one_zone: bool,
    grace_seconds: u64,
    environment: Vec<(String, String)>,
    probe_port: u16,
    probe_path: &'static str,
    /// The command that probes where the status of an answer says too little.
    probe_script: Option<String>,
    #[serde(flatten)]
    resources: ResourcesView,
}

/// `nodes.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        render::template!("kubernetes/nodes.yaml"),
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
    // The node of the place, by its own file.
    let look_script = concat!(
        "set -eu\n",
        include_str!("../../../templates/scripts/look.sh"),
        "look \"$(sed -n 's/^node-name = \"\\(.*\\)\"$/\\1/p' \"/config/$POD_NAME.toml\")\"\n",
    );
    View {
        head: HeadView::of(topology, command),
        pods: PodsView::of(topology),
        places,
        sets,
        headless_service: HEADLESS_SERVICE,
        image: topology.image.reference(),
        pod_annotations: &kubernetes.pod_annotations,
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
        budget: (topology.nodes.len() > 1).then(|| {
            let budget = budget(topology);
            BudgetView {
                may_be_down: budget.may_be_down,
                reasons: budget.reasons.iter().map(|line| verbatim(line)).collect(),
            }
        }),
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
    let selector = topology.kubernetes.node_selector.iter();
    let mut node_selector: Vec<(&str, &str)> = selector
        .map(|(label, value)| (label.as_str(), value.as_str()))
        .collect();
    node_selector.extend(zone.map(|zone| ("topology.kubernetes.io/zone", zone)));
    let probe = node.probe();
    let variables = configuration.environment.into_iter();
    let mut environment: Vec<(String, String)> = variables
        .map(|variable| (variable.name, variable.value))
        .collect();
    environment.extend(store_environment(topology));
    let first_pod = set.pods.first()?;
    Some(SetView {
        name: &set.name,
        replicas: set.pods.len(),
        first_ordinal: Some(first_pod.ordinal).filter(|ordinal| *ordinal > 0),
        is_numbered_as_nodes: set.pods.iter().all(|pod| pod.ordinal == pod.node.0),
        first_node: verbatim(&node.name),
        first_pod: verbatim(&set.pod_name(first_pod)),
        // Several StatefulSets would each restart a pod at the same moment, and so, together, more than the quorum can spare.
        update_strategy: if topology.kubernetes.sets.len() == 1 {
            "RollingUpdate"
        } else {
            "OnDelete"
        },
        roles: configuration.roles,
        serves_ingress: node.has(Role::HttpIngress),
        serves_admin: node.has(Role::Admin),
        node_selector,
        is_in_one_zone: zone.is_some(),
        grace_seconds: configuration.shutdown_seconds + SHUTDOWN_MARGIN_SECONDS,
        environment,
        probe_port: probe.port,
        probe_path: probe.path,
        // This one answers 200 from the start, so what it says counts.
        probe_script: probe.body_contains.map(|_| {
            let url = format!("http://127.0.0.1:{}{}", probe.port, probe.path);
            format!("curl --noproxy '*' -fsS -m 4 {url} | jq -e '.status == \"Alive\"'")
        }),
        resources: ResourcesView::of(node.resources),
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

/// What the nodes need to reach the store, besides settings: its account, or the credentials of the bundled one.
pub fn store_environment(topology: &Topology) -> Vec<(String, String)> {
    let stated = environment::store_variables(&topology.object_store).into_iter();
    let stated = stated.map(|variable| (variable.name, configuration::literal(&variable.value)));
    stated.chain(bundled_credentials(topology)).collect()
}

/// The bundled store's credentials go under the server's own keys: the AWS variables would reach the client of Lambda services too.
/// In quotes, so that the server takes a secret of digits alone for the text that it is.
fn bundled_credentials(topology: &Topology) -> Vec<(String, String)> {
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
        .map(|(name, key)| {
            let value = match key.default {
                Some(default) => format!("\"{default}\""),
                None => format!("\"$({})\"", key.name),
            };
            (name.to_owned(), value)
        })
        .collect()
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
