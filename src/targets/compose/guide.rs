//! The view of `OPERATIONS.md`: what people need in addition to the files, with this cluster's own names and numbers.

use std::collections::BTreeSet;

use serde::Serialize;

use super::names::{Names, NamesView};
use super::nodes::reachable;
use super::passed;
use crate::facts::{ADMIN_HEALTH_PATH, METRICS_PATH};
use crate::model::{PortName, Role};
use crate::render;
use crate::server::memory::{self, MemoryPool};
use crate::targets::guide::{is_from_flags, may_have_more_copies};
use crate::topology::ports::EPHEMERAL;
use crate::topology::{Node, NodePort, ObjectStore, Snapshots, Topology};

/// Commands that are the same for every node are written out for that many: more would bury the rest of the guide.
const MOST_CHECKED: usize = 20;

#[derive(Serialize)]
struct View<'a> {
    alias: bool,
    names: NamesView,
    command: &'a str,
    from_flags: bool,
    cluster_name: &'a str,
    version: &'static str,
    node_count: usize,
    one_node: bool,
    partitions: u16,
    log_replication: String,
    partition_replication: String,
    may_have_more_copies: bool,
    next_replication: u8,
    files: Vec<FileRow>,
    has_files: bool,
    node_names: String,
    many_nodes: bool,
    nodes: Vec<NodeView>,
    resources: Vec<ResourcesView>,
    ingress_bind: String,
    private_bind: String,
    health_checks: Vec<String>,
    metrics_checks: Vec<String>,
    bundled_store: bool,
    minio: bool,
    store_name: &'static str,
    store_api_port: u16,
    store_console_port: u16,
    first_admin: String,
    first_ingress: String,
    first_node: String,
    first_id: u32,
    volume_format: &'static str,
    in_folders: bool,
    data_path: &'a str,
    last_node: String,
    leaving_node: String,
    leaving_id: u32,
    metadata_servers: usize,
    survives: Vec<String>,
    snapshots: bool,
    snapshot_destination: String,
    snapshot_rhythm: String,
    external_store: bool,
    network: String,
    project: &'a str,
    has_ephemeral_ports: bool,
    ephemeral_ports: String,
    proxy_setting: &'static str,
    no_proxy_setting: &'static str,
    limits_cpus: bool,
}

/// A file of the host and where nodes find it.
#[derive(Serialize)]
struct FileRow {
    host: String,
    path: String,
}

#[derive(Serialize)]
struct NodeView {
    name: String,
    id: u32,
    ingress: String,
    admin: String,
    fabric: String,
    roles: String,
}

/// Nodes that follow each other and have the same resources.
#[derive(Serialize)]
struct ResourcesView {
    nodes: String,
    cpus: String,
    memory: String,
    reserved: String,
    pools: String,
}

/// `OPERATIONS.md`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "OPERATIONS.md",
        include_str!("../../../templates/compose/OPERATIONS.md"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str) -> View<'a> {
    let url = |node: &Node, name: PortName| url(topology, node, name);
    let first = |role: Role, name: PortName| {
        topology
            .nodes_with(role)
            .find_map(|node| url(node, name))
            .unwrap_or_else(|| {
                let port = NodePort::of(name).target;
                format!("http://<a node of the network>:{port}")
            })
    };
    let health_checks = topology.nodes.iter().take(MOST_CHECKED).filter_map(|node| {
        let probe = node.probe();
        let mut ports = node.ports();
        let asked = ports.find(|port| port.target == probe.port)?;
        Some(format!(
            "curl -fsS {}{}",
            url(node, asked.name)?,
            probe.path
        ))
    });
    let admin_checks = topology
        .nodes_with(Role::Admin)
        .take(MOST_CHECKED)
        .filter_map(|node| {
            Some(format!(
                "curl -fsS {}{ADMIN_HEALTH_PATH}",
                url(node, PortName::Admin)?
            ))
        });
    let metrics_checks = topology.nodes.iter().take(MOST_CHECKED).filter_map(|node| {
        Some(format!(
            "curl -fsS {}{METRICS_PATH}",
            url(node, PortName::Fabric)?
        ))
    });
    let store_name = topology
        .object_store
        .bundled()
        .map_or("", |(name, ..)| name);
    let (store_api_port, store_console_port) = topology
        .object_store
        .bundled()
        .map_or((0, 0), |(.., store)| (store.api_port, store.console_port));
    let files: Vec<FileRow> = topology
        .files
        .iter()
        .filter_map(|file| {
            Some(FileRow {
                host: file.host.clone()?,
                path: file.path.clone(),
            })
        })
        .collect();
    let names: Vec<&str> = topology
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    let ephemeral_ports = ephemeral_ports(topology);
    let spelling = |path| topology.release.spelling(path).unwrap_or_default();
    let (leaving_node, leaving_id) = leaving(&topology.nodes);

    View {
        alias: passed::has_alias(topology),
        names: NamesView::of(Names::of(topology)),
        command,
        from_flags: is_from_flags(command),
        cluster_name: &topology.cluster_name,
        version: topology.release.text(),
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
            .map(|node| node_view(topology, node))
            .collect(),
        resources: resources(topology),
        has_files: !files.is_empty(),
        files,
        node_names: names.join(" "),
        many_nodes: topology.nodes.len() > MOST_CHECKED,
        ingress_bind: topology.ingress_bind.to_string(),
        private_bind: topology.private_bind.to_string(),
        health_checks: health_checks.chain(admin_checks).collect(),
        metrics_checks: metrics_checks.collect(),
        bundled_store: !store_name.is_empty(),
        minio: matches!(topology.object_store, ObjectStore::Minio(_)),
        store_name,
        store_api_port,
        store_console_port,
        first_admin: first(Role::Admin, PortName::Admin),
        first_ingress: first(Role::HttpIngress, PortName::Ingress),
        first_node: topology
            .nodes
            .first()
            .map(|node| node.name.clone())
            .unwrap_or_default(),
        in_folders: topology.volumes.path.is_some(),
        data_path: topology.volumes.path.as_deref().unwrap_or_default(),
        volume_format: "{{.Name}} {{.Label \"com.docker.compose.volume\"}}",
        first_id: topology.nodes.first().map_or(1, |node| node.id.0),
        last_node: topology
            .nodes
            .last()
            .map(|node| node.name.clone())
            .unwrap_or_default(),
        leaving_node,
        leaving_id,
        metadata_servers: topology.nodes_with(Role::MetadataServer).count(),
        survives: survives(topology),
        snapshots: topology.snapshots.is_some(),
        snapshot_destination: topology
            .snapshots
            .as_ref()
            .map(|snapshots| snapshots.destination.clone())
            .unwrap_or_default(),
        snapshot_rhythm: topology.snapshots.as_ref().map(rhythm).unwrap_or_default(),
        external_store: topology.snapshots.is_some() && store_name.is_empty(),
        project: &topology.compose.project,
        has_ephemeral_ports: !ephemeral_ports.is_empty(),
        ephemeral_ports,
        network: format!("{}_default", topology.compose.project),
        proxy_setting: spelling("worker.invoker.http-proxy"),
        no_proxy_setting: spelling("worker.invoker.no-proxy"),
        limits_cpus: topology.limits_cpus
            || topology
                .nodes
                .iter()
                .any(|node| node.resources.cpus.is_some()),
    }
}

/// The node that the guide removes for an example: the last one; of a single node, the next that would have joined it.
fn leaving(nodes: &[Node]) -> (String, u32) {
    match nodes {
        [] => ("restate-1".into(), 1),
        [only] => (format!("restate-{}", only.id.0 + 1), only.id.0 + 1),
        [.., last] => (last.name.clone(), last.id.0),
    }
}

fn node_view(topology: &Topology, node: &Node) -> NodeView {
    let shown = |name: PortName| url(topology, node, name).unwrap_or_else(|| "-".into());
    let roles: Vec<&str> = node.roles.iter().map(|role| role.name()).collect();
    NodeView {
        name: node.name.clone(),
        id: node.id.0,
        ingress: shown(PortName::Ingress),
        admin: shown(PortName::Admin),
        fabric: shown(PortName::Fabric),
        roles: roles.join(", "),
    }
}

fn resources(topology: &Topology) -> Vec<ResourcesView> {
    let nodes = topology.nodes.iter();
    let nodes: Vec<(&Node, Vec<MemoryPool>)> = nodes
        .map(|node| (node, memory::pools(topology, node)))
        .collect();
    nodes
        .chunk_by(|(one, pools), (other, other_pools)| {
            one.resources == other.resources && pools == other_pools
        })
        .filter_map(|alike| {
            let ((first, pools), (last, _)) = (alike.first()?, alike.last()?);
            let resources = &first.resources;
            let worst_case = pools.iter().map(|pool| pool.worst_case.as_mebibytes());
            Some(ResourcesView {
                nodes: match alike.len() {
                    1 => first.name.clone(),
                    count => format!("{} to {} ({count} nodes)", first.name, last.name),
                },
                cpus: resources
                    .cpus
                    .map_or_else(|| "none".into(), |limit| format!("{limit:?}")),
                memory: resources.memory.to_string(),
                reserved: format!(
                    "{:?} CPU, {}",
                    resources.reserved_cpus, resources.reserved_memory
                ),
                pools: format!("{}MiB", worst_case.sum::<u64>()),
            })
        })
        .collect()
}

/// How a user on the host reaches the port, if the node serves it and it is published.
fn url(topology: &Topology, node: &Node, name: PortName) -> Option<String> {
    let host = reachable(topology.bind(name));
    topology
        .published_ports(node)
        .any(|port| port.name == name)
        .then(|| format!("http://{host}:{}", node.host_ports.port(name)))
}

fn rhythm(snapshots: &Snapshots) -> String {
    match (snapshots.interval, snapshots.interval_records) {
        (Some(interval), Some(records)) => {
            format!("at most every {interval}, once it has {records} new records")
        }
        (Some(interval), None) => format!("every {interval}, if it has new records"),
        (None, Some(records)) => format!("every {records} records"),
        (None, None) => "only by hand".into(),
    }
}

/// The host ports that Linux may take for outgoing connections, as `ip_local_reserved_ports` takes them: `35122,38080-38090`.
fn ephemeral_ports(topology: &Topology) -> String {
    let of_nodes = topology.nodes.iter().flat_map(|node| {
        let ports = topology.published_ports(node);
        ports.map(|port| node.host_ports.port(port.name))
    });
    let of_store = topology.object_store.bundled().into_iter();
    let of_store = of_store.flat_map(|(.., store)| [store.api_port, store.console_port]);
    let ports: BTreeSet<u16> = of_nodes
        .chain(of_store)
        .filter(|port| EPHEMERAL.contains(port))
        .collect();
    let ports: Vec<u16> = ports.into_iter().collect();
    let ranges = ports.chunk_by(|one, next| one + 1 == *next);
    let written = ranges.filter_map(|range| match range {
        [only] => Some(only.to_string()),
        [first, .., last] => Some(format!("{first}-{last}")),
        [] => None,
    });
    written.collect::<Vec<_>>().join(",")
}

/// What the loss of nodes means, one sentence for each thing that needs a quorum.
fn survives(topology: &Topology) -> Vec<String> {
    let count = |role: Role| topology.nodes_with(role).count();
    let survival = topology.survival();
    let nodes = |count: usize| {
        if count == 1 {
            "1 node".to_string()
        } else {
            format!("{count} nodes")
        }
    };
    let copies = usize::from(topology.log_replication.copies());
    let metadata_servers = count(Role::MetadataServer);
    let majority = metadata_servers / 2 + 1;
    vec![
        format!(
            "Metadata (who is a member, where the logs are): {metadata_servers} metadata servers, {majority} must be up, so {} may be lost.",
            nodes(survival.metadata)
        ),
        format!(
            "Logs: {} log servers, each record on {}. Writes continue with {} lost; records survive losing {} for good.",
            count(Role::LogServer),
            nodes(copies),
            nodes(survival.log),
            nodes(copies.saturating_sub(1)),
        ),
        format!(
            "Partitions: {} workers; if the leader of a partition is lost, another takes over within seconds.",
            count(Role::Worker)
        ),
    ]
}
