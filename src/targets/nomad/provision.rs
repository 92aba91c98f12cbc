//! The view of `provision.nomad.hcl`: the job that provisions the cluster.

use minijinja::Value;
use serde::Serialize;

use super::environment::{self, VariableView, plain};
use super::{NetworkView, PoolView, VolumeView, nodes};
use crate::model::Role;
use crate::model::nomad::ServiceProvider;
use crate::render::{self, hcl_heredoc_line, hcl_list};
use crate::topology::Topology;

/// How long it waits for the nodes: images may have to be pulled.
const TIMEOUT_SECONDS: u32 = 300;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    job: String,
    cluster: &'a str,
    namespace: &'a str,
    datacenters: Value,
    image: String,
    volume: String,
    consul: bool,
    discovers_peers: bool,
    finds_by_consul: bool,
    provision_script: Vec<Value>,
    start_script: Vec<Value>,
    environment: Vec<VariableView>,
    #[serde(flatten)]
    pool: PoolView,
    #[serde(flatten)]
    volumes: VolumeView,
    #[serde(flatten)]
    network: NetworkView,
}

/// `provision.nomad.hcl`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "provision.nomad.hcl",
        include_str!("../../../templates/nomad/provision.nomad.hcl"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let nomad = &topology.nomad;
    let lines = |text: &str| text.lines().map(hcl_heredoc_line).collect();
    View {
        command: super::verbatim(command),
        job: super::provision_job(topology),
        cluster: &nomad.job,
        namespace: &nomad.namespace,
        datacenters: hcl_list(nomad.datacenters.iter().map(String::as_str)),
        image: topology.image.reference(),
        volume: super::provision_job(topology),
        consul: nomad.provider == ServiceProvider::Consul,
        discovers_peers: super::discovers_peers(topology),
        finds_by_consul: nomad.provider == ServiceProvider::Consul
            && super::discovers_peers(topology),
        provision_script: lines(include_str!("../../../templates/scripts/provision.sh")),
        start_script: lines(include_str!("../../../templates/nomad/start-provision.sh")),
        environment: environment::aligned(variables(topology)),
        pool: PoolView::of(topology),
        volumes: VolumeView::of(topology),
        network: NetworkView::of(topology),
    }
}

fn variables(topology: &Topology) -> Vec<VariableView> {
    let mut variables = if super::discovers_peers(topology) {
        let peers = topology.nodes_with(Role::MetadataServer).count();
        let others = topology.nodes.len() - peers;
        vec![
            plain("PEERS", &peers.to_string()),
            plain("OTHERS", &others.to_string()),
        ]
    } else {
        let peers = nodes::metadata_servers(topology);
        let others = nodes::fabric_urls(topology, |node| !node.has(Role::MetadataServer));
        vec![
            plain("METADATA_SERVERS", &peers.join(" ")),
            plain("OTHER_NODES", &others.join(" ")),
            plain("RESTATECTL_ADDRESS", &peers.join(",")),
        ]
    };
    variables.extend([
        plain("PARTITIONS", &topology.partitions.to_string()),
        plain("LOG_REPLICATION", &topology.log_replication.notation()),
        plain(
            "PARTITION_REPLICATION",
            &topology.partition_replication.notation(),
        ),
        plain("MARKER", "/marker/provisioned"),
        plain("TIMEOUT", &TIMEOUT_SECONDS.to_string()),
        plain("STATUS", "sh restatectl.sh status"),
    ]);
    variables
}
