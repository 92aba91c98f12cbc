//! The view of `docker-compose.yaml`.

use minijinja::Value;
use serde::Serialize;
use serde_json::{Map, json};

use super::files;
use super::interpolation::{VariableView, literal, overridable};
use super::names::{Names, source_of, store_url, volume_of};
use super::nodes::{self, NodeView, fabric_url, key_value, open_to_env, published};
use super::passed::{self, Own, PassedView};
use super::variables::{CLIENT_VERSION, SERVER_VERSION, bundled_keys, store_variables};
use crate::model::{ReplicationProperty, Role};
use crate::render::{self, joined, template, verbatim, yaml_flow};
use crate::server;
use crate::targets::store::{SEAWEEDFS_SCRIPT, bucket_script};
use crate::topology::compose::{Compose, Of};
use crate::topology::{ExistingVolume, Image, Node, ObjectStore, Topology};

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
    /// Whether this release ends with an entry of `NO_PROXY` that is not a host. All servers start without the proxies that the Docker
    /// client gives every container (`proxies` in its `config.json`): services and the bundled store are next to the nodes, where
    /// no proxy leads. A proxy for services is a setting, which stays.
    drops_no_proxy: bool,
    store: Option<StoreView>,
    image_lines: Vec<Value>,
    sections: Vec<SectionView>,
    names: Names,
    bind_mounts: bool,
    /// How a service mounts the certificate of the authority, where nodes have TLS.
    authority: Option<Value>,
    client_variables: Vec<VariableView>,
    reads_the_host: bool,
    provision_mount: String,
    provision_script: Vec<Value>,
    metadata_servers: String,
    other_nodes: String,
    restatectl_address: String,
    partitions: String,
    log_replication: String,
    partition_replication: String,
    limits_cpus: bool,
}

/// The bundled store, and the step that makes its bucket.
#[derive(Serialize)]
struct StoreView {
    minio: bool,
    seaweedfs: bool,
    seaweedfs_script: Vec<Value>,
    /// What SeaweedFS is told of its own name.
    ip: String,
    image: String,
    environment: Vec<VariableView>,
    passed_on: Vec<String>,
    passed: PassedView,
    mount: String,
    api_port: String,
    console_port: String,
    health_url: &'static str,
    access_key: String,
    secret_key: String,
    nodes_access_key: String,
    nodes_secret_key: String,
    destination: String,
    endpoint: String,
    region: String,
    bucket_image: String,
    bucket_script: Vec<Value>,
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
        template!("compose/docker-compose.yaml"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let (metadata_servers, other_nodes): (Vec<&Node>, Vec<&Node>) = topology
        .nodes
        .iter()
        .partition(|node| node.has(Role::MetadataServer));
    let urls = |nodes: &[&Node], separator| {
        joined(
            nodes.iter().map(|node| fabric_url(topology, node)),
            separator,
        )
    };
    let names = Names::of(topology);
    let mut nodes = nodes::views(topology);
    let shared_environments = share_environments(&mut nodes);
    let replication = |of: &ReplicationProperty| literal(&of.notation());
    let bind_mounts = topology.has_data_of_others();
    View {
        command: verbatim(command),
        project: &topology.compose.project,
        image: image(&topology.image, SERVER_VERSION),
        shared_environments,
        nodes,
        drops_no_proxy: topology
            .release
            .behaviours()
            .any(|behaviour| behaviour.name == "no-proxy-of-hosts"),
        store: store(topology),
        image_lines: passed::of_the_image(&topology.compose.node),
        sections: sections(topology),
        bind_mounts,
        authority: files::authority(topology).map(|mount| verbatim(yaml_flow(&mount))),
        client_variables: nodes::client_variables(topology),
        reads_the_host: bind_mounts || !files::of_the_host(topology).is_empty(),
        provision_mount: format!("{}:/marker", source_of(topology, &names.provision)),
        names,
        provision_script: script(template!("scripts/provision.sh").text),
        metadata_servers: urls(&metadata_servers, " "),
        other_nodes: urls(&other_nodes, " "),
        restatectl_address: urls(&metadata_servers, ","),
        partitions: topology.partitions.to_string(),
        log_replication: replication(&topology.log_replication),
        partition_replication: replication(&topology.partition_replication),
        limits_cpus: topology.limits_cpus,
    }
}

fn store(topology: &Topology) -> Option<StoreView> {
    let name = Names::of(topology).store?;
    let (_, api, store) = topology.object_store.bundled()?;
    let keys = bundled_keys(&topology.object_store)?;
    let variables = store_variables(&topology.object_store)?;
    let snapshots = topology.snapshots.as_ref()?;
    let minio = matches!(topology.object_store, ObjectStore::Minio(_));
    let (console, health_url) = if minio {
        (9001, "http://127.0.0.1:9000/minio/health/ready")
    } else {
        (8888, "http://127.0.0.1:8333/healthz")
    };
    let port = |number: u16, target: u16, variable: &str| {
        let number = overridable(variable, &number.to_string());
        published(topology.private_bind, &number, target)
    };
    let (environment, passed_on) = passed::environment(&topology.compose.store);
    Some(StoreView {
        minio,
        seaweedfs: !minio,
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
        ip: format!("-ip={name}"),
        image: image(&store.image, variables.version),
        environment,
        passed_on,
        passed: store_passed(topology),
        mount: format!("{}:/data", source_of(topology, &name)),
        api_port: port(store.api_port, api, variables.api_port),
        console_port: port(store.console_port, console, variables.console_port),
        health_url,
        access_key: key_value(keys.own_access),
        secret_key: key_value(keys.own_secret),
        nodes_access_key: key_value(keys.nodes_access),
        nodes_secret_key: key_value(keys.nodes_secret),
        destination: open_to_env(server::DESTINATION, &literal(&snapshots.destination)),
        endpoint: open_to_env(server::AWS_ENDPOINT, &store_url(topology)?),
        region: open_to_env(server::AWS_REGION, server::BUNDLED_REGION),
        bucket_image: store.client.as_ref().map_or_else(
            || image(&topology.image, SERVER_VERSION),
            |client| image(client, CLIENT_VERSION),
        ),
        bucket_script: script(bucket_script(&topology.object_store)),
    })
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
                node.anchor = Some(anchor.clone());
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
    let is_named = topology.volumes.path.is_none();
    let ours = |service: &str| is_named.then(|| (volume_of(service), serde_json::Value::Null));
    let nodes = topology.nodes.iter().filter_map(|node| match &node.volume {
        None => ours(&node.name),
        // External, so that Compose refuses to start on another, empty one.
        Some(ExistingVolume::Named(name)) => Some((
            volume_of(&node.name),
            json!({"name": name, "external": true}),
        )),
        Some(ExistingVolume::Folder(_)) => None,
    });
    let others = names.store.iter().chain([&names.provision]);
    let others = others.filter_map(|service| ours(service));
    let mut volumes: Map<_, _> = nodes.chain(others).collect();
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
    text.lines().map(|line| verbatim(literal(line))).collect()
}
