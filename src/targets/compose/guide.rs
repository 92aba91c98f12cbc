//! The view of `OPERATIONS.md`: what people need in addition to the files, with this cluster's own names and numbers.

use std::collections::BTreeSet;

use minijinja::Value;
use serde::Serialize;

use super::names::Names;
use super::nodes::reachable;
use super::passed;
use crate::facts::{ADMIN_HEALTH_PATH, METRICS_PATH};
use crate::model::{PortName, Role};
use crate::render::{self, joined, template, verbatim};
use crate::server::memory::{self, MemoryPool};
use crate::targets::guide::{self, Guide, roles};
use crate::targets::operations::quoted;
use crate::topology::ports::EPHEMERAL;
use crate::topology::{Node, NodePort, ObjectStore, Snapshots, Topology};

/// Commands that are the same for every node are written out for that many: more would bury the rest of the guide.
const MOST_CHECKED: usize = 20;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    guide: Guide<'a>,
    names: Names,
    project: &'a str,
    alias: bool,
    nodes: Vec<NodeView<'a>>,
    many_nodes: bool,
    files: Vec<FileView<'a>>,
    resources: Vec<ResourcesView>,
    ingress_bind: String,
    private_bind: String,
    health_checks: Vec<String>,
    metrics_checks: Vec<String>,
    minio: bool,
    store_api_port: Option<u16>,
    store_console_port: Option<u16>,
    first_admin: String,
    first_ingress: String,
    /// The node that is lost for an example.
    first: ExampleView,
    /// The node that is stopped for an example.
    last: ExampleView,
    /// The node that is removed for an example.
    leaving: ExampleView,
    volume_format: &'static str,
    data_path: Option<&'a str>,
    /// Volumes and folders that were there before the files.
    existing: Vec<Value>,
    survives: Vec<String>,
    snapshot_rhythm: Option<String>,
    ephemeral_ports: String,
    proxy_setting: Option<&'static str>,
    no_proxy_setting: Option<&'static str>,
    limits_cpus: bool,
}

/// A file of the host and where nodes find it.
#[derive(Serialize)]
struct FileView<'a> {
    host: &'a str,
    path: &'a str,
}

#[derive(Serialize)]
struct NodeView<'a> {
    name: &'a str,
    id: u32,
    ingress: String,
    admin: String,
    fabric: String,
    roles: String,
}

/// A node that commands are written out for.
#[derive(Serialize)]
struct ExampleView {
    name: String,
    id: u32,
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
    let names = Names::of(topology);
    let restatectl = format!("docker compose exec {} restatectl", names.cluster);
    render::render(
        template!("compose/OPERATIONS.md").including(&[guide::PARTS]),
        &view(topology, Guide::of(topology, command, &restatectl)),
    )
}

fn view<'a>(topology: &'a Topology, guide: Guide<'a>) -> View<'a> {
    let nodes = &topology.nodes;
    let curl = |node: &Node, name: PortName, path: &str| {
        let url = url(topology, node, name)?;
        Some(match &topology.tls {
            Some(tls) if url.starts_with("https:") => {
                let authority = quoted(&format!("{}/ca.crt", tls.folder));
                format!("curl -fsS --cacert {authority} {url}{path}")
            }
            _ => format!("curl -fsS {url}{path}"),
        })
    };
    let checked = || nodes.iter().take(MOST_CHECKED);
    let health_checks = checked().filter_map(|node| {
        let probe = node.probe();
        let asked = node.ports().find(|port| port.target == probe.port)?;
        curl(node, asked.name, probe.path)
    });
    let admins = topology.nodes_with(Role::Admin).take(MOST_CHECKED);
    let admin_checks = admins.filter_map(|node| curl(node, PortName::Admin, ADMIN_HEALTH_PATH));
    let metrics_checks = checked().filter_map(|node| curl(node, PortName::Fabric, METRICS_PATH));
    let first = |role: Role, name: PortName| {
        let url = topology
            .nodes_with(role)
            .find_map(|node| url(topology, node, name));
        url.unwrap_or_else(|| {
            format!(
                "http://<a node of the network>:{}",
                NodePort::of(name).target
            )
        })
    };
    let bundled = topology.object_store.bundled().map(|(.., store)| store);
    let files = topology.files.iter().filter_map(|file| {
        Some(FileView {
            host: file.host.as_deref()?,
            path: &file.path,
        })
    });
    View {
        guide,
        names: Names::of(topology),
        project: &topology.compose.project,
        alias: passed::has_alias(topology),
        nodes: nodes.iter().map(|node| node_view(topology, node)).collect(),
        many_nodes: nodes.len() > MOST_CHECKED,
        files: files.collect(),
        resources: resources(topology),
        ingress_bind: topology.ingress_bind.to_string(),
        private_bind: topology.private_bind.to_string(),
        health_checks: health_checks.chain(admin_checks).collect(),
        metrics_checks: metrics_checks.collect(),
        minio: matches!(topology.object_store, ObjectStore::Minio(_)),
        store_api_port: bundled.map(|store| store.api_port),
        store_console_port: bundled.map(|store| store.console_port),
        first_admin: first(Role::Admin, PortName::Admin),
        first_ingress: first(Role::HttpIngress, PortName::Ingress),
        first: example(nodes.first()),
        last: example(nodes.last()),
        leaving: leaving(nodes),
        volume_format: "{{.Name}} {{.Label \"com.docker.compose.volume\"}}",
        data_path: topology.volumes.path.as_deref(),
        existing: nodes
            .iter()
            .filter_map(|node| node.volume.as_ref())
            .map(|volume| verbatim(volume.text()))
            .collect(),
        survives: survives(topology),
        snapshot_rhythm: topology.snapshots.as_ref().map(rhythm),
        ephemeral_ports: ephemeral_ports(topology),
        proxy_setting: topology.release.spelling("worker.invoker.http-proxy"),
        no_proxy_setting: topology.release.spelling("worker.invoker.no-proxy"),
        limits_cpus: topology.limits_cpus || nodes.iter().any(|node| node.resources.cpus.is_some()),
    }
}

/// The node; of a cluster without nodes, the first that it would have.
fn example(node: Option<&Node>) -> ExampleView {
    let id = node.map_or(1, |node| node.id.0);
    ExampleView {
        name: node.map_or_else(|| format!("restate-{id}"), |node| node.name.clone()),
        id,
    }
}

/// The last node; of a single one, the next that would have joined it.
fn leaving(nodes: &[Node]) -> ExampleView {
    match nodes {
        [only] => ExampleView {
            name: format!("restate-{}", only.id.0 + 1),
            id: only.id.0 + 1,
        },
        _ => example(nodes.last()),
    }
}

fn node_view<'a>(topology: &Topology, node: &'a Node) -> NodeView<'a> {
    let shown = |name: PortName| url(topology, node, name).unwrap_or_else(|| "-".into());
    NodeView {
        name: &node.name,
        id: node.id.0,
        ingress: shown(PortName::Ingress),
        admin: shown(PortName::Admin),
        fabric: shown(PortName::Fabric),
        roles: roles(node),
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
        .filter_map(|identical| {
            let ((first, pools), (last, _)) = (identical.first()?, identical.last()?);
            let resources = &first.resources;
            let worst_case = pools.iter().map(|pool| pool.worst_case.as_mebibytes());
            Some(ResourcesView {
                nodes: match identical.len() {
                    1 => first.name.clone(),
                    count => format!("{} to {} ({count} nodes)", first.name, last.name),
                },
                cpus: resources
                    .cpus
                    .map_or_else(|| "none".into(), |limit| format!("{limit:?}")),
                memory: resources.memory.to_string(),
                reserved: format!(
                    "{:?} CPU, {}",
                    resources.reserved_cpus,
                    resources.shared_memory()
                ),
                pools: format!("{}MiB", worst_case.fold(0u64, u64::saturating_add)),
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
        .then(|| {
            let scheme = match name {
                PortName::Fabric => topology.fabric_scheme(),
                PortName::Ingress | PortName::Admin => "http",
            };
            format!("{scheme}://{host}:{}", node.host_ports.port(name))
        })
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
    joined(written, ",")
}

/// What the loss of nodes means, one sentence for each thing that needs a quorum.
fn survives(topology: &Topology) -> Vec<String> {
    let count = |role: Role| topology.nodes_with(role).count();
    let survival = topology.survival();
    let many =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let nodes = |count| many(count, "node");
    let copies = usize::from(topology.log_replication.copies());
    let metadata_servers = count(Role::MetadataServer);
    let majority = metadata_servers / 2 + 1;
    vec![
        format!(
            "Metadata (who is a member, where the logs are): {}, {majority} must be up, so {} may be lost.",
            many(metadata_servers, "metadata server"),
            nodes(survival.metadata)
        ),
        format!(
            "Logs: {}, each record on {}. Writes continue with {} lost; records survive losing {} for good.",
            many(count(Role::LogServer), "log server"),
            nodes(copies),
            nodes(survival.log),
            nodes(copies.saturating_sub(1)),
        ),
        format!(
            "Partitions: {}; if the leader of a partition is lost, another takes over within seconds.",
            many(count(Role::Worker), "worker")
        ),
    ]
}
