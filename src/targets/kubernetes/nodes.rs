//! The view of `nodes.yaml`: who stands where, the StatefulSets, the disruption budget.

use minijinja::Value;
use serde::Serialize;

use super::configuration;
use super::pods::{self, PodsView, ResourcesView};
use super::{HEADLESS_SERVICE, HeadView, LeftOut, PORTS, PortsView, fabric_urls, script};
use crate::facts::FABRIC_HEALTH_PATH;
use crate::model::kubernetes::Monitoring;
use crate::model::{ReplicationProperty, Role};
use crate::render::{self, joined, verbatim};
use crate::server::{Configuration, DATA_FOLDER};
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, Topology, tls};

/// How long a node serves on after its Service has stopped sending to it: what a proxy may take to hear of that.
const DRAIN_SECONDS: u64 = 5;
/// How long a node has to stay ready before the next one is restarted.
pub const SETTLING_SECONDS: u64 = 10;
/// How much longer Kubernetes waits than the server's own shutdown, the drain included, so that it is never killed in the middle of one.
pub const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

/// What a node must not start with: anything that is not TOML is not a configuration.
pub const NO_CONFIGURATION: &str = "lost";

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
    pull_policy: &'a str,
    pod_annotations: &'a [(String, String)],
    annotates_metrics: bool,
    #[serde(flatten)]
    ports: PortsView,
    fabric_health_path: &'static str,
    /// Whether the fabric port is asked by TLS.
    is_by_tls: bool,
    /// The Secret with the certificate, where nodes have TLS.
    tls_secret: Option<&'a str>,
    tls_folder: &'static str,
    authority: &'static str,
    drain_seconds: u64,
    settling_seconds: u64,
    data_folder: &'static str,
    look_script: Vec<Value>,
    metadata_servers: String,
    budget: Option<Budget>,
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
    /// What the cluster file says of the pods.
    pod: Vec<Value>,
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
pub fn render(topology: &Topology, command: &str, left_out: LeftOut) -> String {
    render::render(
        render::template!("kubernetes/nodes.yaml"),
        &view(topology, command, left_out),
    )
}

fn view<'a>(topology: &'a Topology, command: &str, left_out: LeftOut) -> View<'a> {
    let kubernetes = &topology.kubernetes;
    let places = kubernetes.places().filter_map(|(set, pod)| {
        let lines = match left_out {
            LeftOut::Node { lost, .. } if lost == pod.node => vec![NO_CONFIGURATION.to_owned()],
            _ => configuration::identity(topology.node(pod.node)?),
        };
        Some(PlaceView {
            file: format!("{}.toml", set.pod_name(pod)),
            lines: lines.into_iter().map(verbatim).collect(),
        })
    });
    let metadata_servers = fabric_urls(topology, |node| node.has(Role::MetadataServer));
    let sets = kubernetes
        .sets
        .iter()
        .filter(|set| !left_out.is_gone(set))
        .filter_map(|set| set_view(topology, set, &metadata_servers))
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
        places: places.collect(),
        sets,
        headless_service: HEADLESS_SERVICE,
        image: topology.image.reference(),
        pull_policy: pods::pull_policy(topology),
        pod_annotations: &kubernetes.pod_annotations,
        annotates_metrics: kubernetes.monitoring == Monitoring::Annotations,
        ports: PORTS,
        fabric_health_path: FABRIC_HEALTH_PATH,
        is_by_tls: topology.fabric_scheme() == "https",
        tls_secret: topology.tls.as_ref().map(|tls| tls.secret.as_str()),
        tls_folder: tls::FOLDER,
        authority: tls::CA,
        drain_seconds: DRAIN_SECONDS,
        settling_seconds: SETTLING_SECONDS,
        look_script: script(look_script),
        metadata_servers: metadata_servers.join(","),
        data_folder: DATA_FOLDER,
        budget: (topology.nodes.len() > 1).then(|| budget(topology)),
    }
}

fn set_view<'a>(
    topology: &'a Topology,
    set: &'a NodeSet,
    metadata_servers: &[String],
) -> Option<SetView<'a>> {
    let first_pod = set.pods.first()?;
    let node = topology.node(first_pod.node)?;
    let server = Configuration::of(topology, node);
    let roles = node.roles.iter();
    // Without the one that the addresses of the metadata servers show.
    let roles = roles.filter(|role| **role != Role::MetadataServer);
    let zone = zone(topology, node);
    let probe = node.probe();
    Some(SetView {
        name: &set.name,
        replicas: set.pods.len(),
        first_ordinal: Some(first_pod.ordinal).filter(|ordinal| *ordinal > 0),
        is_numbered_as_nodes: set.pods.iter().all(|pod| pod.ordinal == pod.node.0),
        first_node: verbatim(node.name.as_str()),
        first_pod: verbatim(set.pod_name(first_pod)),
        // Several StatefulSets would each restart a pod at the same moment, and so, together, more than the quorum can spare.
        update_strategy: if topology.kubernetes.sets.len() == 1 {
            "RollingUpdate"
        } else {
            "OnDelete"
        },
        roles: joined(roles.map(|role| role.name()), ","),
        serves_ingress: node.has(Role::HttpIngress),
        serves_admin: node.has(Role::Admin),
        pod: pods::lines_of_nodes(topology, zone),
        is_in_one_zone: zone.is_some(),
        grace_seconds: server.shutdown_seconds() + SHUTDOWN_MARGIN_SECONDS,
        environment: configuration::environment(topology, &server, metadata_servers),
        probe_port: probe.port,
        probe_path: probe.path,
        // This one answers 200 from the start, so what it says counts.
        probe_script: probe.body_contains.map(|_| {
            // A node asks itself, by an address that need not be in its certificate.
            let scheme = match topology.is_probed_by_tls(node) {
                true => "-k https",
                false => "http",
            };
            let url = format!("{scheme}://127.0.0.1:{}{}", probe.port, probe.path);
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

/// How many nodes may be down on purpose.
#[derive(Serialize)]
pub struct Budget {
    /// That many at once.
    pub may_be_down: usize,
    /// What it follows from, a line each.
    pub reasons: Vec<Value>,
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
        reasons: reasons.into_iter().map(verbatim).collect(),
    }
}
