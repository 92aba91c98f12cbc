//! The view of `OPERATIONS.md` for Restate's Helm chart and its operator, which have the same pods.

use serde::Serialize;

use super::files::{FileView, files};
use super::nodes::budget;
use super::{helm_and_operator, makes_secret, secret, secret_keys};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::render;
use crate::targets::guide::{is_from_flags, may_have_more_copies};
use crate::topology::Topology;

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    from_flags: bool,
    is_chart: bool,
    cluster_name: &'a str,
    namespace: &'a str,
    version: &'static str,
    node_count: usize,
    one_node: bool,
    partitions: u16,
    log_replication: String,
    partition_replication: String,
    may_have_more_copies: bool,
    next_replication: u8,
    makes_secret: bool,
    secret: &'a str,
    secret_keys: String,
    has_secret_keys: bool,
    files: Vec<FileView<'a>>,
    job: &'a str,
    has_bucket: bool,
    selector: String,
    last_pod: String,
    quorum: usize,
    has_budget: bool,
    may_be_down: usize,
    snapshots: bool,
    snapshot_destination: &'a str,
    bundled_store: bool,
    store: &'static str,
    ingress_port: u16,
    admin_port: u16,
    fabric_port: u16,
    metrics_path: &'static str,
}

/// Whose pods they are.
pub enum Of {
    /// The chart's.
    Chart,
    /// The operator's.
    Operator,
}

/// `OPERATIONS.md`. `job` is the name of the Job next to the pods, empty where there is none.
pub fn render(topology: &Topology, command: &str, of: &Of, job: &str) -> String {
    render::render(
        "OPERATIONS.md",
        include_str!("../../../templates/kubernetes/OPERATIONS-helm-and-operator.md"),
        &view(topology, command, of, job),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str, of: &Of, job: &'a str) -> View<'a> {
    let namespace = topology.kubernetes.namespace.as_str();
    let bundled = topology.object_store.bundled();
    let keys: Vec<&str> = secret_keys(topology).map(|key| key.name).collect();
    let nodes = topology.nodes.len();
    View {
        command,
        from_flags: is_from_flags(command),
        is_chart: matches!(of, Of::Chart),
        cluster_name: &topology.cluster_name,
        namespace,
        version: topology.release.text(),
        node_count: nodes,
        one_node: nodes == 1,
        partitions: topology.partitions,
        log_replication: topology.log_replication.notation(),
        partition_replication: topology.partition_replication.notation(),
        may_have_more_copies: may_have_more_copies(topology),
        next_replication: topology.log_replication.copies() + 1,
        makes_secret: makes_secret(topology),
        secret: secret(topology),
        has_secret_keys: !keys.is_empty(),
        files: files(topology),
        secret_keys: keys.join(", "),
        job,
        has_bucket: bundled.is_some(),
        // What their own selectors say.
        selector: match of {
            Of::Chart => "app=restate".to_owned(),
            Of::Operator => {
                format!("app.kubernetes.io/name=restate,app.kubernetes.io/instance={namespace}")
            }
        },
        last_pod: helm_and_operator::pod(nodes.saturating_sub(1)),
        quorum: nodes / 2 + 1,
        // The chart's is left out for one node.
        has_budget: nodes > 1 || matches!(of, Of::Operator),
        may_be_down: match of {
            Of::Chart => budget(topology).may_be_down,
            // Always, whatever the quorum could spare.
            Of::Operator => 1,
        },
        snapshots: topology.snapshots.is_some(),
        snapshot_destination: topology
            .snapshots
            .as_ref()
            .map_or("", |snapshots| &snapshots.destination),
        bundled_store: bundled.is_some(),
        store: bundled.map_or("", |(name, ..)| name),
        ingress_port: INGRESS_PORT,
        admin_port: ADMIN_PORT,
        fabric_port: FABRIC_PORT,
        metrics_path: METRICS_PATH,
    }
}
