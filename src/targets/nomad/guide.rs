//! The view of `OPERATIONS.md`.

use serde::Serialize;

use super::VolumeView;
use crate::model::nomad::{NetworkMode, ServiceProvider};
use crate::model::{PortName, Role};
use crate::render;
use crate::server::credentials::bundled_keys;
use crate::targets::guide::{is_from_flags, may_have_more_copies};
use crate::topology::{Node, Topology};

/// Nodes that are listed one by one: more would bury the rest of the guide.
const MOST_LISTED: usize = 50;

/// A file that nodes read, and the item that it is.
#[derive(Serialize)]
struct FileView {
    path: String,
    name: String,
    key: String,
    variable: String,
    in_vault: bool,
}

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    from_flags: bool,
    cluster_name: &'a str,
    job: &'a str,
    store_job: String,
    provision_job: String,
    namespace: &'a str,
    own_namespace: bool,
    version: &'static str,
    node_count: usize,
    one_node: bool,
    many_nodes: bool,
    partitions: u16,
    log_replication: String,
    partition_replication: String,
    may_have_more_copies: bool,
    next_replication: u8,
    nodes: Vec<NodeView>,
    first_node: String,
    first_admin: String,
    first_ingress: String,
    first_volume: String,
    another_node: String,
    node_names: String,
    has_blind_checks: bool,
    bundled_store: bool,
    has_secrets: bool,
    own_item: &'static str,
    nodes_item: &'static str,
    from_vault: bool,
    vault_mount: String,
    vault_path: String,
    vault_api_path: String,
    has_spread: bool,
    spread_attribute: String,
    spread_most: u32,
    has_node_pool: bool,
    node_pool: String,
    files: Vec<FileView>,
    wants_secret: bool,
    secret_json: String,
    snapshots: bool,
    snapshot_destination: String,
    max_kill_timeout: String,
    bridge: bool,
    consul: bool,
    one_host: bool,
    pins_hosts: bool,
    has_location_attribute: bool,
    location_attribute: String,
    oversubscription: bool,
    dynamic_volumes: bool,
    csi_volumes: bool,
    static_volumes: bool,
    plugin: &'a str,
    metadata_servers: usize,
}

#[derive(Serialize)]
struct NodeView {
    name: String,
    id: u32,
    host: String,
    ingress: String,
    admin: String,
    fabric: String,
    volume: String,
    roles: String,
}

/// `OPERATIONS.md`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "OPERATIONS.md",
        include_str!("../../../templates/nomad/OPERATIONS.md"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str) -> View<'a> {
    let nomad = &topology.nomad;
    let VolumeView {
        dynamic_volumes,
        csi_volumes,
        made_volumes,
        ..
    } = VolumeView::of(topology);
    let nodes: Vec<NodeView> = topology
        .nodes
        .iter()
        .take(MOST_LISTED)
        .enumerate()
        .map(|(index, node)| node_view(topology, index, node))
        .collect();
    let nth = |index: usize| topology.nodes.get(index).or(topology.nodes.first());
    let name = |index: usize| nth(index).map(|node| node.name.clone()).unwrap_or_default();
    let first = |role: Role, port: PortName| {
        let node = topology.nodes_with(role).next();
        node.map_or_else(
            || "<port>".into(),
            |node| node.static_ports.port(port).to_string(),
        )
    };
    let bundled_store = topology.object_store.bundled().is_some();
    let keys = bundled_keys(&topology.object_store);
    let items: Vec<String> = super::secret_keys(topology)
        .map(|key| format!("\"{}\": \"...\"", key.name))
        .collect();
    let vault = nomad.vault.as_ref();
    View {
        command,
        from_flags: is_from_flags(command),
        cluster_name: &topology.cluster_name,
        job: &nomad.job,
        store_job: super::store_job(topology),
        provision_job: super::provision_job(topology),
        namespace: &nomad.namespace,
        own_namespace: nomad.namespace != "default",
        version: topology.release.text(),
        node_count: topology.nodes.len(),
        one_node: topology.nodes.len() == 1,
        many_nodes: topology.nodes.len() > MOST_LISTED,
        partitions: topology.partitions,
        log_replication: topology.log_replication.notation(),
        partition_replication: topology.partition_replication.notation(),
        may_have_more_copies: may_have_more_copies(topology),
        next_replication: topology.log_replication.copies() + 1,
        first_node: name(0),
        first_admin: first(Role::Admin, PortName::Admin),
        first_ingress: first(Role::HttpIngress, PortName::Ingress),
        first_volume: nth(0)
            .map(|node| super::node_volume(topology, node))
            .unwrap_or_default(),
        another_node: name(1),
        node_names: topology
            .nodes
            .iter()
            .map(|node| node.name.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        has_blind_checks: topology
            .nodes
            .iter()
            .any(|node| node.probe().body_contains.is_some()),
        bundled_store,
        own_item: keys.as_ref().map_or("", |keys| keys.own_secret.name),
        nodes_item: keys.as_ref().map_or("", |keys| keys.nodes_secret.name),
        has_secrets: !items.is_empty(),
        from_vault: vault.is_some() && !items.is_empty(),
        vault_mount: vault.map(|vault| vault.mount.clone()).unwrap_or_default(),
        vault_path: vault.map(|vault| vault.path.clone()).unwrap_or_default(),
        vault_api_path: vault.map(|vault| vault.api_path()).unwrap_or_default(),
        has_spread: nomad.spread.is_some(),
        spread_attribute: nomad
            .spread
            .as_ref()
            .map(|spread| spread.attribute.clone())
            .unwrap_or_default(),
        spread_most: nomad.spread.as_ref().map_or(0, |spread| spread.most),
        has_node_pool: nomad.node_pool.is_some(),
        node_pool: nomad.node_pool.clone().unwrap_or_default(),
        files: files(topology),
        wants_secret: vault.is_none() && !bundled_store && !items.is_empty(),
        secret_json: match vault {
            Some(_) => format!("{{{}}}", items.join(", ")),
            None => format!("{{\"Items\": {{{}}}}}", items.join(", ")),
        },
        snapshots: topology.snapshots.is_some(),
        snapshot_destination: topology
            .snapshots
            .as_ref()
            .map(|snapshots| snapshots.destination.clone())
            .unwrap_or_default(),
        max_kill_timeout: format!("{}s", nomad.max_kill_timeout.as_seconds()),
        bridge: nomad.network == NetworkMode::Bridge,
        consul: nomad.provider == ServiceProvider::Consul,
        one_host: nomad.one_host,
        pins_hosts: !nomad.hosts.is_empty(),
        has_location_attribute: nomad.location_attribute.is_some(),
        location_attribute: nomad.location_attribute.clone().unwrap_or_default(),
        oversubscription: nomad.memory_oversubscription,
        dynamic_volumes,
        csi_volumes,
        static_volumes: !made_volumes,
        plugin: &nomad.volume_plugin,
        metadata_servers: topology.nodes_with(Role::MetadataServer).count(),
        nodes,
    }
}

fn node_view(topology: &Topology, index: usize, node: &Node) -> NodeView {
    let port = |name: PortName| {
        let is_served = node.ports().any(|port| port.name == name);
        let number = is_served.then(|| node.static_ports.port(name).to_string());
        number.unwrap_or_else(|| "-".into())
    };
    let roles: Vec<&str> = node.roles.iter().map(|role| role.name()).collect();
    NodeView {
        name: node.name.clone(),
        id: node.id.0,
        host: topology
            .nomad
            .hosts
            .get(index)
            .map_or_else(|| "any".into(), |host| host.in_url()),
        ingress: port(PortName::Ingress),
        admin: port(PortName::Admin),
        fabric: port(PortName::Fabric),
        volume: super::node_volume(topology, node),
        roles: roles.join(", "),
    }
}

/// The files that have to be put where templates read them.
fn files(topology: &Topology) -> Vec<FileView> {
    let nomad = &topology.nomad;
    let files = topology.files.iter();
    files
        .filter_map(|file| {
            let source = file.nomad.as_ref()?;
            let of_the_job = || format!("nomad/jobs/{}", nomad.job);
            Some(FileView {
                path: file.path.clone(),
                name: file.path.rsplit('/').next().unwrap_or_default().into(),
                key: source.key.clone(),
                variable: source.variable.clone().unwrap_or_else(of_the_job),
                in_vault: source.variable.is_none() && nomad.vault.is_some(),
            })
        })
        .collect()
}
