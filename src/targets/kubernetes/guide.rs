//! The view of `OPERATIONS.md`: what people need in addition to the manifests, with this cluster's own names and
//! numbers.

use serde::Serialize;

use super::files::{FileView, files};
use super::nodes::{SETTLING_SECONDS, budget, pods};
use super::provision::{self, Asked};
use super::{makes_secret, pod, secret, secret_keys};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::model::Role;
use crate::render;
use crate::targets::guide::{is_from_flags, may_have_more_copies};
use crate::topology::kubernetes::Pod;
use crate::topology::{ObjectStore, Topology};

/// The table names that many nodes: more would bury the rest of the guide.
const MOST_LISTED: usize = 50;

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    from_flags: bool,
    cluster_name: &'a str,
    namespace: &'a str,
    version: &'static str,
    image: String,
    node_count: usize,
    one_node: bool,
    partitions: u16,
    log_replication: String,
    partition_replication: String,
    may_have_more_copies: bool,
    next_replication: u8,
    nodes: Vec<NodeView>,
    many_nodes: bool,
    pods: String,
    sets: Vec<SetView<'a>>,
    job: String,
    settling_seconds: u64,
    rolls_by_itself: bool,
    makes_secret: bool,
    secret: &'a str,
    secret_keys: String,
    has_secret_keys: bool,
    files: Vec<FileView<'a>>,
    bundled_store: bool,
    store: &'static str,
    has_console: bool,
    has_policies: bool,
    snapshots: bool,
    snapshot_destination: String,
    ingress_port: u16,
    admin_port: u16,
    fabric_port: u16,
    metrics_path: &'static str,
    metadata_servers: usize,
    may_be_down: usize,
    reasons: Vec<String>,
    lost_id: u32,
    lost_pod: String,
    next_id: u32,
    has_numbered_set: bool,
    last_id: u32,
    last_pod: String,
    last_set: &'a str,
    has_entries: bool,
    entry_id: u32,
    entry_pod: String,
    entry_set: &'a str,
}

#[derive(Serialize)]
struct SetView<'a> {
    name: &'a str,
    replicas: usize,
}

#[derive(Serialize)]
struct NodeView {
    name: String,
    id: u32,
    pod: String,
    roles: String,
}

/// `OPERATIONS.md`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "OPERATIONS.md",
        include_str!("../../../templates/kubernetes/OPERATIONS.md"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str) -> View<'a> {
    let kubernetes = &topology.kubernetes;
    let budget = budget(topology);
    // A StatefulSet takes nodes in, and gives them up, at its end.
    let numbered = kubernetes.sets.iter().find(|set| set.first_ordinal() > 0);
    let entry = kubernetes.sets.iter().rfind(|set| set.first_ordinal() == 0);
    let set = numbered.or(entry);
    let (entry_id, entry_pod) = entry
        .and_then(|set| set.pods.first().map(|pod| (pod.node.0, set.pod_name(pod))))
        .unwrap_or_default();
    let node_and_pod = |pod: Option<&Pod>| -> (u32, String) {
        let both = set.zip(pod);
        both.map_or_else(Default::default, |(set, pod)| {
            (pod.node.0, set.pod_name(pod))
        })
    };
    let (lost_id, lost_pod) = node_and_pod(set.and_then(|set| set.pods.first()));
    let (last_id, last_pod) = node_and_pod(set.and_then(|set| set.pods.last()));
    let keys: Vec<&str> = secret_keys(topology).map(|key| key.name).collect();
    View {
        command,
        from_flags: is_from_flags(command),
        cluster_name: &topology.cluster_name,
        namespace: &kubernetes.namespace,
        version: topology.release.text(),
        image: topology.image.reference(),
        node_count: topology.nodes.len(),
        one_node: topology.nodes.len() == 1,
        partitions: topology.partitions,
        log_replication: topology.log_replication.notation(),
        partition_replication: topology.partition_replication.notation(),
        may_have_more_copies: may_have_more_copies(topology),
        next_replication: topology.log_replication.copies() + 1,
        nodes: topology
            .nodes
            .iter()
            .take(MOST_LISTED)
            .map(|node| NodeView {
                name: node.name.clone(),
                id: node.id.0,
                pod: pod(topology, node.id),
                roles: node
                    .roles
                    .iter()
                    .map(|role| role.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
            .collect(),
        many_nodes: topology.nodes.len() > MOST_LISTED,
        pods: pods(topology).join(" "),
        sets: kubernetes
            .sets
            .iter()
            .map(|set| SetView {
                name: &set.name,
                replicas: set.pods.len(),
            })
            .collect(),
        job: provision::job(topology, Asked::of(topology)),
        settling_seconds: SETTLING_SECONDS,
        rolls_by_itself: kubernetes.sets.len() == 1,
        makes_secret: makes_secret(topology),
        secret: secret(topology),
        has_secret_keys: !keys.is_empty(),
        files: files(topology),
        secret_keys: keys.join(", "),
        bundled_store: topology.object_store.bundled().is_some(),
        store: topology
            .object_store
            .bundled()
            .map_or("", |(name, ..)| name),
        has_console: matches!(topology.object_store, ObjectStore::Minio(_)),
        has_policies: kubernetes.network.is_some(),
        snapshots: topology.snapshots.is_some(),
        snapshot_destination: topology
            .snapshots
            .as_ref()
            .map(|snapshots| snapshots.destination.clone())
            .unwrap_or_default(),
        ingress_port: INGRESS_PORT,
        admin_port: ADMIN_PORT,
        fabric_port: FABRIC_PORT,
        metrics_path: METRICS_PATH,
        metadata_servers: topology.nodes_with(Role::MetadataServer).count(),
        may_be_down: budget.may_be_down,
        reasons: budget.reasons,
        lost_id,
        lost_pod,
        next_id: set.map_or(0, |set| set.next_id),
        has_numbered_set: numbered.is_some(),
        last_id,
        last_pod,
        last_set: set.map_or("", |set| &set.name),
        has_entries: entry.is_some(),
        entry_id,
        entry_pod,
        entry_set: entry.map_or("", |set| &set.name),
    }
}
