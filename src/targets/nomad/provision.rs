//! The view of `provision.nomad.hcl`: the job that provisions the cluster.

use minijinja::Value;
use serde::Serialize;

use super::environment::{self, Variable, VariableView, plain};
use super::nodes::{FileView, TlsView};
use super::{JobView, PARTS, discovers_peers, nodes, provision_job, script};
use crate::model::Role;
use crate::render::{self, template, verbatim};
use crate::topology::Topology;
use crate::topology::nomad::Vault;

/// How long it waits for the nodes: images may have to be pulled.
const TIMEOUT_SECONDS: u32 = 300;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    job: JobView<'a>,
    image: String,
    discovers_peers: bool,
    finds_by_consul: bool,
    provision_script: Vec<Value>,
    start_script: Vec<Value>,
    group: GroupView,
    environment: Vec<VariableView>,
    /// The scheme of the nodes' fabric ports.
    scheme: Value,
    /// The certificate of the authority, where nodes have TLS.
    authority: Option<FileView>,
    tls: TlsView,
    /// Where in Vault that is, where it is there.
    vault: Option<&'a Vault>,
}

#[derive(Serialize)]
struct GroupView {
    volume: String,
}

/// `provision.nomad.hcl`.
pub fn render(topology: &Topology, command: &str) -> String {
    let job = JobView::of(topology, command, provision_job(topology), "batch");
    let discovers_peers = discovers_peers(topology);
    let view = View {
        image: topology.image.reference(),
        discovers_peers,
        finds_by_consul: job.consul && discovers_peers,
        provision_script: script(template!("scripts/provision.sh").text),
        start_script: script(template!("nomad/start-provision.sh").text),
        group: GroupView {
            volume: provision_job(topology),
        },
        environment: environment::aligned(variables(topology)),
        scheme: verbatim(topology.fabric_scheme()),
        authority: nodes::authority(topology),
        tls: nodes::TLS,
        vault: topology.nomad.vault.as_ref().filter(|_| {
            topology
                .tls
                .as_ref()
                .is_some_and(|tls| tls.variable.is_none())
        }),
        job,
    };
    render::render(
        template!("nomad/provision.nomad.hcl").including(&[PARTS]),
        &view,
    )
}

fn variables(topology: &Topology) -> Vec<Variable> {
    let mut variables = if discovers_peers(topology) {
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
    variables.extend(nodes::client_variables(topology));
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
