//! The view of `docker-compose.yaml`.

use minijinja::Value;
use serde::Serialize;
use serde_json::Map;

use super::files;
use super::interpolation::{literal, overridable};
use super::names::{Names, NamesView, volume_of};
use super::nodes::{self, NodeView, VariableView, fabric_url, key_value, open_to_env, published};
use super::passed::{self, Own, PassedView};
use super::variables::{SecretKey, bundled_keys};
use crate::model::Role;
use crate::render;
use crate::server;
use crate::server::credentials::BundledKeys;
use crate::targets::store::{SEAWEEDFS_SCRIPT, bucket_script};
use crate::topology::compose::{Compose, Of};
use crate::topology::{Image, Node, ObjectStore, Topology};

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
    store_passed: PassedView,
    store_environment: Vec<VariableView>,
    store_passed_on: Vec<String>,
    image_lines: Vec<Value>,
    sections: Vec<SectionView>,
    names: NamesView,
    store_image: String,
    bind_mounts: bool,
    reads_the_host: bool,
    store_api_port: String,
    store_console_port: String,
    store_endpoint: String,
    store_region: String,
    store_access_key: String,
    store_secret_key: String,
    nodes_access_key: String,
    nodes_secret_key: String,
    bucket_image: String,
    seaweedfs_script: Vec<Value>,
    snapshot_destination: String,
    bucket_script: Vec<Value>,
    provision_script: Vec<Value>,
    metadata_servers: String,
    other_nodes: String,
    restatectl_address: String,
    partitions: String,
    log_replication: String,
    partition_replication: String,
    limits_cpus: bool,
}

/// What the file declares next to its services.
#[derive(Serialize)]
struct SectionView {
    name: &'static str,
    lines: Vec<Value>,
}

/// What the environments of many nodes have in common, under an anchor.
#[derive(Serialize)]
struct SharedView {
    anchor: String,
    variables: Vec<VariableView>,
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
    let names = Names::of(topology);
    let store_port = |port: u16, target: u16, variable: &str| {
        published(
            topology.private_bind,
            &overridable(variable, &port.to_string()),
            target,
        )
    };
    let (store_image, store_api_port, store_console_port) = match &topology.object_store {
        ObjectStore::Minio(store) => (
            image(&store.image, "MINIO_VERSION"),
            store_port(store.api_port, 9000, "MINIO_API_PORT_OVERRIDE"),
            store_port(store.console_port, 9001, "MINIO_CONSOLE_PORT_OVERRIDE"),
        ),
        ObjectStore::Seaweedfs(store) => (
            image(&store.image, "SEAWEEDFS_VERSION"),
            store_port(store.api_port, 8333, "SEAWEEDFS_API_PORT_OVERRIDE"),
            store_port(store.console_port, 8888, "SEAWEEDFS_CONSOLE_PORT_OVERRIDE"),
        ),
        _ => Default::default(),
    };
    let keys = bundled_keys(&topology.object_store);
    let key = |of: fn(&BundledKeys) -> &'static SecretKey| {
        keys.as_ref().map(of).map(key_value).unwrap_or_default()
    };
    let client = topology
        .object_store
        .bundled()
        .and_then(|(.., store)| store.client.as_ref());
    let destination = topology.snapshots.as_ref();
    let destination = destination.map(|snapshots| literal(&snapshots.destination));
    let mut nodes: Vec<NodeView> = topology
        .nodes
        .iter()
        .map(|node| nodes::view(topology, node))
        .collect();
    let shared_environments = share_environments(&mut nodes);
    let (store_environment, store_passed_on) = passed::environment(&topology.compose.store);

    View {
        command: Value::from_safe_string(command.into()),
        project: &topology.compose.project,
        image: image(&topology.image, "RESTATE_VERSION"),
        shared_environments,
        nodes,
        reads_the_host: topology.volumes.path.is_some() || !files::of_the_host(topology).is_empty(),
        minio: matches!(topology.object_store, ObjectStore::Minio(_)),
        seaweedfs: matches!(topology.object_store, ObjectStore::Seaweedfs(_)),
        bundled_store: names.store().is_some(),
        store_passed: store_passed(topology),
        store_environment,
        store_passed_on,
        image_lines: passed::of_the_image(&topology.compose.node),
        sections: sections(topology),
        names: NamesView::of(names),
        store_image,
        bind_mounts: topology.volumes.path.is_some(),
        store_api_port,
        store_console_port,
        store_endpoint: open_to_env(server::AWS_ENDPOINT, &names.store_url()),
        store_region: open_to_env(server::AWS_REGION, server::BUNDLED_REGION),
        store_access_key: key(|keys| keys.own_access),
        store_secret_key: key(|keys| keys.own_secret),
        nodes_access_key: key(|keys| keys.nodes_access),
        nodes_secret_key: key(|keys| keys.nodes_secret),
        bucket_image: client.map_or_else(
            || image(&topology.image, "RESTATE_VERSION"),
            |client| image(client, "MINIO_CLIENT_VERSION"),
        ),
        snapshot_destination: destination.map_or_else(String::new, |value| {
            open_to_env(server::DESTINATION, &value)
        }),
        bucket_script: script(bucket_script(&topology.object_store)),
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
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
        limits_cpus: topology.limits_cpus,
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

fn store_passed(topology: &Topology) -> PassedView {
    let Compose { node, store, .. } = &topology.compose;
    let mut keys = store.clone();
    // A store that starts without the nodes is of use, nodes without it are not.
    if let (Some(profiles), false) = (node.get("profiles"), keys.contains_key("profiles")) {
        keys.insert("profiles".into(), profiles.clone());
    }
    let is_seaweedfs = matches!(topology.object_store, ObjectStore::Seaweedfs(_));
    let own = Own {
        capabilities: passed::capabilities(topology, is_seaweedfs),
        ..Own::default()
    };
    passed::view(Of::Store, &keys, own)
}

/// Our volumes with what the file says of them, and those that it has besides.
fn volumes(topology: &Topology) -> Map<String, serde_json::Value> {
    let names = Names::of(topology);
    let nodes = topology.nodes.iter().map(|node| volume_of(&node.name));
    let others = names.store().into_iter().chain([names.provision()]);
    let ours = nodes.chain(others.map(|service| volume_of(&service)));
    let is_named = topology.volumes.path.is_none();
    let mut volumes: Map<_, _> = ours
        .filter(|_| is_named)
        .map(|name| (name, serde_json::Value::Null))
        .collect();
    volumes.extend(topology.compose.volumes.clone());
    volumes
}

fn sections(topology: &Topology) -> Vec<SectionView> {
    let compose = &topology.compose;
    let files = files::of_the_host(topology).into_iter();
    let mut secrets: Map<String, serde_json::Value> =
        files.map(|file| (file.secret, file.declaration)).collect();
    secrets.extend(compose.secrets.clone());
    [
        ("volumes", &volumes(topology)),
        ("networks", &compose.networks),
        ("secrets", &secrets),
        ("configs", &compose.configs),
    ]
    .into_iter()
    .filter(|(_, entries)| !entries.is_empty())
    .map(|(name, entries)| SectionView {
        name,
        lines: passed::lines(entries),
    })
    .collect()
}

/// The image, with a tag that a variable of `.env` overrides.
fn image(image: &Image, variable: &str) -> String {
    match &image.digest {
        // The digest decides which bytes run; another tag would only pretend to.
        Some(_) => literal(&image.reference()),
        None => {
            let tag = overridable(variable, &literal(&image.tag));
            format!("{}:{tag}", literal(&image.repository))
        }
    }
}

/// A script's lines for a block scalar.
fn script(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| Value::from_safe_string(literal(line)))
        .collect()
}
