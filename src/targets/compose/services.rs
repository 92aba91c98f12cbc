//! The view of `docker-compose.yaml`.

use std::net::IpAddr;

use minijinja::Value;
use serde::Serialize;

use super::interpolation::{literal, mandatory, overridable};
use super::variables::{OVERRIDABLE, PASSED_ON, SecretKey, port_variable, store_keys};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT};
use crate::model::{ByteSize, Duration, PortName, Role};
use crate::render;
use crate::targets::environment;
use crate::topology::settings::{self, Addresses, Assignment};
use crate::topology::{Node, ObjectStore, Topology};

/// Where the image expects its data. Source: restatedev/restate docker/Dockerfile: WORKDIR / and the server's default base-dir.
const DATA_FOLDER: &str = "/restate-data";
/// What the server's shutdown takes at most when no setting says otherwise. Source: dump 1.5.3 to 1.7.12, `shutdown-timeout`.
const SHUTDOWN_SECONDS: u64 = 60;
/// What is allowed for a `shutdown-timeout` in a notation that is not read here, such as ISO 8601's: too long a wait does no harm.
const UNREAD_SHUTDOWN_SECONDS: u64 = 900;
/// How much longer Compose waits than the server's own shutdown, so that it is never killed in the middle of one.
const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

/// How many nodes share one YAML anchor. Source: the npm package `yaml`, which much tooling reads Compose files with, refuses an
/// anchor that is used a hundred times.
const NODES_PER_ANCHOR: usize = 50;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    project: &'a str,
    image: String,
    shared_environments: Vec<SharedView>,
    nodes: Vec<NodeView>,
    minio: bool,
    seaweedfs: bool,
    bundled_store: bool,
    store_image: String,
    store_api_port: String,
    store_console_port: String,
    store_endpoint: String,
    store_region: String,
    store_access_key: String,
    store_secret_key: String,
    snapshot_destination: String,
    bucket_script: Vec<Value>,
    provision_script: Vec<Value>,
    metadata_servers: String,
    other_nodes: String,
    restatectl_address: String,
    partitions: String,
    log_replication: String,
    partition_replication: String,
}

/// What the environments of many nodes have in common, under an anchor.
#[derive(Serialize)]
struct SharedView {
    anchor: String,
    variables: Vec<VariableView>,
}

#[derive(Serialize)]
struct NodeView {
    name: String,
    shares: bool,
    anchor: String,
    environment: Vec<VariableView>,
    passed_on: Vec<&'static str>,
    publishes: bool,
    ports: Vec<String>,
    volume: String,
    health_check: String,
    stop_grace_period: String,
    cpus: String,
    memory: String,
    reserved_cpus: String,
    reserved_memory: String,
}

#[derive(Serialize, Clone, PartialEq)]
struct VariableView {
    name: String,
    value: String,
}

/// `docker-compose.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "docker-compose.yaml",
        include_str!("../../../templates/compose/docker-compose.yaml"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let (metadata_servers, other_nodes): (Vec<&Node>, Vec<&Node>) = topology
        .nodes
        .iter()
        .partition(|node| node.has(Role::MetadataServer));
    let urls =
        |nodes: &[&Node]| -> Vec<String> { nodes.iter().map(|node| fabric_url(node)).collect() };
    let metadata_servers = urls(&metadata_servers);
    let bundled = topology.object_store.bundled();
    let store_port = |port: u16, target: u16, variable: &str| {
        published(
            topology.private_bind,
            &overridable(variable, &port.to_string()),
            target,
        )
    };
    let store_image = |name: &str, variable: &str, version: &str| {
        format!("{name}:{}", overridable(variable, &literal(version)))
    };
    let (store_image, store_api_port, store_console_port) = match &topology.object_store {
        ObjectStore::Minio(store) => (
            store_image("minio/minio", "MINIO_VERSION", &store.version),
            store_port(store.api_port, 9000, "MINIO_API_PORT_OVERRIDE"),
            store_port(store.console_port, 9001, "MINIO_CONSOLE_PORT_OVERRIDE"),
        ),
        ObjectStore::Seaweedfs(store) => (
            store_image("chrislusf/seaweedfs", "SEAWEEDFS_VERSION", &store.version),
            store_port(store.api_port, 8333, "SEAWEEDFS_API_PORT_OVERRIDE"),
            store_port(store.console_port, 8888, "SEAWEEDFS_CONSOLE_PORT_OVERRIDE"),
        ),
        _ => Default::default(),
    };
    let keys = store_keys(&topology.object_store);
    let key = |index: usize| keys.get(index).map(key_value).unwrap_or_default();
    let snapshot_setting = |path: &'static str| {
        let value = match path {
            "worker.snapshots.destination" => topology
                .snapshots
                .as_ref()
                .map(|snapshots| snapshots.destination.clone().into()),
            _ => topology
                .object_store
                .settings()
                .into_iter()
                .find(|setting| setting.path == path)
                .map(|setting| setting.value),
        };
        value
            .map(|value| setting_value(&Assignment::new(path, value)))
            .unwrap_or_default()
    };

    let mut nodes: Vec<NodeView> = topology
        .nodes
        .iter()
        .map(|node| node_view(topology, node, &metadata_servers))
        .collect();
    let shared_environments = share_environments(&mut nodes);

    View {
        command: Value::from_safe_string(command.into()),
        project: &topology.compose_project,
        image: image(topology),
        shared_environments,
        nodes,
        minio: matches!(topology.object_store, ObjectStore::Minio(_)),
        seaweedfs: matches!(topology.object_store, ObjectStore::Seaweedfs(_)),
        bundled_store: bundled.is_some(),
        store_image,
        store_api_port,
        store_console_port,
        store_endpoint: snapshot_setting("worker.snapshots.aws-endpoint-url"),
        store_region: snapshot_setting("worker.snapshots.aws-region"),
        store_access_key: key(0),
        store_secret_key: key(1),
        snapshot_destination: snapshot_setting("worker.snapshots.destination"),
        bucket_script: script(include_str!("../../../templates/scripts/bucket.sh")),
        provision_script: script(include_str!("../../../templates/scripts/provision.sh")),
        restatectl_address: metadata_servers.join(","),
        metadata_servers: metadata_servers.join(" "),
        other_nodes: urls(&other_nodes).join(" "),
        partitions: topology.partitions.to_string(),
        log_replication: overridable(
            "RESTATE_DEFAULT_REPLICATION",
            &topology.log_replication.notation(),
        ),
        partition_replication: overridable(
            "RESTATE_DEFAULT_REPLICATION",
            &topology.partition_replication.notation(),
        ),
    }
}

fn node_view(topology: &Topology, node: &Node, metadata_servers: &[String]) -> NodeView {
    let host_port = |name: PortName| {
        let variable = port_variable(node, name);
        overridable(&variable, &node.host_ports.port(name).to_string())
    };
    let ports = [
        (
            PortName::Ingress,
            topology.ingress_bind,
            INGRESS_PORT,
            Role::HttpIngress,
        ),
        (
            PortName::Admin,
            topology.private_bind,
            ADMIN_PORT,
            Role::Admin,
        ),
    ]
    .into_iter()
    .filter(|(.., role)| node.has(*role))
    .map(|(name, bind, target, _)| (name, bind, target))
    .chain([(PortName::Fabric, topology.private_bind, FABRIC_PORT)])
    .filter(|(name, ..)| topology.published.contains(name));
    let ports: Vec<String> = ports
        .map(|(name, bind, target)| published(bind, &host_port(name), target))
        .collect();

    let user_url = |name: PortName, bind: IpAddr, target: u16| {
        if topology.published.contains(&name) {
            format!("http://{}:{}/", reachable(bind), host_port(name))
        } else {
            format!("http://{}:{target}/", node.name)
        }
    };
    let settings = settings::server_settings(
        topology,
        node,
        Addresses {
            advertised: fabric_url(node),
            // Put in below, in Compose's notation: they follow the port variables.
            ingress: String::new(),
            admin: String::new(),
            metadata_servers: metadata_servers.to_vec(),
            bind_ip: "0.0.0.0",
            base_dir: DATA_FOLDER,
        },
    );
    let ingress = user_url(PortName::Ingress, topology.ingress_bind, INGRESS_PORT);
    let admin = user_url(PortName::Admin, topology.private_bind, ADMIN_PORT);
    let shutdown_seconds = settings
        .iter()
        .find(|setting| setting.path == "shutdown-timeout")
        .map_or(SHUTDOWN_SECONDS, |setting| {
            let timeout = setting
                .value
                .as_str()
                .and_then(|text| text.parse::<Duration>().ok());
            timeout.map_or(UNREAD_SHUTDOWN_SECONDS, Duration::as_seconds)
        });

    let mut environment: Vec<VariableView> = settings
        .iter()
        .map(|setting| {
            let name = environment::variable(setting).name;
            let value = match setting.path.as_ref() {
                "advertised-address" => overridable(
                    &format!("RESTATE_NODE{}_ADVERTISED_ADDRESS", node.id),
                    &setting_value(setting),
                ),
                "ingress.advertised-address" if setting.value == "" => ingress.clone(),
                "admin.advertised-address" if setting.value == "" => admin.clone(),
                _ => setting_value(setting),
            };
            VariableView { name, value }
        })
        .collect();
    environment.extend(credentials(&topology.object_store));
    let passed_on = PASSED_ON
        .into_iter()
        .filter(|name| environment.iter().all(|variable| variable.name != *name))
        .collect();

    NodeView {
        name: node.name.clone(),
        shares: false,
        anchor: String::new(),
        environment,
        passed_on,
        publishes: !ports.is_empty(),
        ports,
        volume: format!("{}-data", node.name),
        health_check: health_check(node),
        stop_grace_period: format!("{}s", shutdown_seconds + SHUTDOWN_MARGIN_SECONDS),
        cpus: cpus(node.resources.cpus),
        memory: memory(node.resources.memory),
        reserved_cpus: cpus(node.resources.reserved_cpus),
        reserved_memory: memory(node.resources.reserved_memory),
    }
}

/// Takes what the environments of many nodes have in common out of them: nothing in a cluster of a usual size, where every
/// service is easiest to read whole; with a thousand nodes, half of the file.
fn share_environments(nodes: &mut [NodeView]) -> Vec<SharedView> {
    if nodes.len() <= NODES_PER_ANCHOR {
        return Vec::new();
    }
    nodes
        .chunks_mut(NODES_PER_ANCHOR)
        .enumerate()
        .map(|(index, chunk)| {
            let anchor = format!("environment-{}", index + 1);
            let (first, others) = chunk.split_first().expect("chunks are not empty");
            let is_common = |variable: &VariableView| {
                others
                    .iter()
                    .all(|node| node.environment.contains(variable))
            };
            let variables: Vec<VariableView> = first
                .environment
                .iter()
                .filter(|variable| is_common(variable))
                .cloned()
                .collect();
            for node in chunk {
                node.environment
                    .retain(|variable| !variables.contains(variable));
                node.shares = true;
                node.anchor = anchor.clone();
            }
            SharedView { anchor, variables }
        })
        .collect()
}

/// What tells that a node works, by what it does. The image has curl and jq, no wget.
fn health_check(node: &Node) -> String {
    // An unprovisioned server takes the connection and never answers, hence the time limit.
    let get = |port: u16, path: &str| format!("curl -fsS -m 4 http://127.0.0.1:{port}{path}");
    literal(&if node.has(Role::HttpIngress) {
        get(INGRESS_PORT, "/restate/health")
    } else if node.has(Role::Admin) {
        get(ADMIN_PORT, "/health")
    } else {
        // This one answers 200 from the start, so what it says counts.
        format!(
            "{} | jq -e '.status == \"Alive\"'",
            get(FABRIC_PORT, "/health")
        )
    })
}

/// A setting's value in Compose's notation, open to `.env` where it is one of [`OVERRIDABLE`].
fn setting_value(setting: &Assignment) -> String {
    let value = literal(&environment::variable(setting).value);
    match OVERRIDABLE.iter().find(|(path, _)| *path == setting.path) {
        Some((_, variable)) => overridable(variable, &value),
        None => value,
    }
}

/// The credentials of the object store, from `.env`.
fn credentials(store: &ObjectStore) -> Vec<VariableView> {
    // The bundled store's go under the server's own keys: the AWS variables would reach the client of Lambda services too.
    // In quotes, so that the server takes a secret of digits alone for the text that it is.
    let bundled = [
        "WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID",
        "WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY",
    ];
    let keys = store_keys(store);
    let is_bundled = store.bundled().is_some();
    keys.iter()
        .enumerate()
        .map(|(index, key)| {
            if is_bundled {
                VariableView {
                    name: format!("RESTATE_{}", bundled[index]),
                    value: format!("\"{}\"", key_value(key)),
                }
            } else {
                VariableView {
                    name: key.name.into(),
                    value: key_value(key),
                }
            }
        })
        .collect()
}

fn key_value(key: &SecretKey) -> String {
    match key.default {
        Some(default) => overridable(key.name, default),
        None => mandatory(key.name, key.when_missing),
    }
}

fn fabric_url(node: &Node) -> String {
    format!("http://{}:{FABRIC_PORT}", node.name)
}

fn published(bind: IpAddr, host_port: &str, target: u16) -> String {
    match bind {
        IpAddr::V4(address) => format!("{address}:{host_port}:{target}"),
        IpAddr::V6(address) => format!("[{address}]:{host_port}:{target}"),
    }
}

/// How a user on the host reaches what is bound to that address.
pub fn reachable(bind: IpAddr) -> String {
    match bind {
        bind if bind.is_unspecified() || bind.is_loopback() => "localhost".into(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn image(topology: &Topology) -> String {
    let tag = overridable("RESTATE_VERSION", topology.release.text());
    let repository = literal(&topology.image.repository);
    match &topology.image.digest {
        // The digest decides which bytes run; a tag beside it would only pretend to.
        Some(digest) => format!("{repository}:{}@{digest}", topology.release.text()),
        None => format!("{repository}:{tag}"),
    }
}

/// The image that runs unless `.env` says otherwise, as `docker` takes it.
pub fn default_image(topology: &Topology) -> String {
    let tagged = format!("{}:{}", topology.image.repository, topology.release.text());
    match &topology.image.digest {
        Some(digest) => format!("{tagged}@{digest}"),
        None => tagged,
    }
}

fn cpus(cores: f64) -> String {
    format!("{cores:?}")
}

/// In the largest unit that divides the size; to Compose `g` and `m` are binary.
fn memory(size: ByteSize) -> String {
    let bytes = size.as_bytes();
    [(30, "g"), (20, "m"), (10, "k")]
        .into_iter()
        .find(|(shift, _)| bytes.is_multiple_of(1 << shift))
        .map_or_else(
            || format!("{bytes}b"),
            |(shift, unit)| format!("{}{unit}", bytes >> shift),
        )
}

/// A script's lines for a block scalar.
fn script(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| Value::from_safe_string(literal(line)))
        .collect()
}
