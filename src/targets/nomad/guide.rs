//! The view of `OPERATIONS.md`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::VolumeView;
use crate::model::nomad::{NetworkMode, ServiceProvider};
use crate::model::{PortName, Role};
use crate::render::{self, joined, template};
use crate::server::credentials::{bundled_keys, secret_keys};
use crate::targets::guide::{self, Guide, roles};
use crate::topology::nomad::{Spread, Vault};
use crate::topology::{Node, Topology};

/// Nodes that are listed one by one: more would bury the rest of the guide.
const MOST_LISTED: usize = 50;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    guide: Guide<'a>,
    #[serde(flatten)]
    volumes: VolumeView,
    job: &'a str,
    store_job: String,
    provision_job: String,
    namespace: &'a str,
    own_namespace: bool,
    nodes: Vec<NodeView<'a>>,
    many_nodes: bool,
    first_node: Option<&'a str>,
    first_volume: Option<String>,
    first_admin: String,
    first_ingress: String,
    /// The second node, or the only one.
    another_node: Option<&'a str>,
    blind_checks: bool,
    /// The items of a bundled store's keys.
    own_item: Option<&'static str>,
    nodes_item: Option<&'static str>,
    /// The credentials as they are put where templates read them.
    secret_json: Option<String>,
    /// Where in Vault the credentials are: a rule wants some there.
    vault: Option<&'a Vault>,
    vault_api_path: Option<String>,
    /// Whether the user has to put credentials into a Nomad variable.
    wants_secret: bool,
    spread: Option<&'a Spread>,
    node_pool: Option<&'a str>,
    files: Vec<FileView<'a>>,
    /// Where the certificates are put: in Vault, or in these Nomad variables.
    tls_in_vault: bool,
    tls_variable: String,
    tls_provision_variable: Option<String>,
    max_kill_timeout: String,
    bridge: bool,
    /// Networks of the clients that ports are published on.
    host_networks: Option<String>,
    /// What all clients must have.
    constraints: Vec<String>,
    /// The job whose volume the guide has lost.
    lost_job: String,
    /// Whether the volumes' plugin makes folders of any size.
    ignores_size: bool,
    volume_size: String,
    consul: bool,
    one_host: bool,
    pins_hosts: bool,
    location_attribute: Option<&'a str>,
    oversubscription: bool,
    plugin: &'a str,
}

#[derive(Serialize)]
struct NodeView<'a> {
    name: &'a str,
    id: u32,
    host: String,
    ingress: String,
    admin: String,
    fabric: String,
    volume: String,
    roles: String,
}

/// A file that nodes read, and the item that it is.
#[derive(Serialize)]
struct FileView<'a> {
    path: &'a str,
    name: &'a str,
    key: &'a str,
    variable: String,
    in_vault: bool,
    /// Whether an earlier command of the guide has made the variable.
    is_added: bool,
}

/// `OPERATIONS.md`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        template!("nomad/OPERATIONS.md").including(&[guide::PARTS]),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str) -> View<'a> {
    let nomad = &topology.nomad;
    let nodes = &topology.nodes;
    let listed = nodes.iter().take(MOST_LISTED).enumerate();
    let listed = listed.map(|(index, node)| node_view(topology, index, node));
    let first = |role: Role, port: PortName| {
        let node = topology.nodes_with(role).next();
        node.map_or_else(
            || "<port>".into(),
            |node| node.static_ports.port(port).to_string(),
        )
    };
    let keys = bundled_keys(&topology.object_store);
    let secrets =
        secret_keys(&topology.object_store).map(|key| format!("\"{}\": \"...\"", key.name));
    let secrets = joined(secrets, ", ");
    let secret_json = match nomad.vault {
        Some(_) => format!("{{{secrets}}}"),
        None => format!("{{\"Items\": {{{secrets}}}}}"),
    };
    let has_secrets = !secrets.is_empty();
    let lost_job = match topology.object_store.bundled() {
        Some(_) => super::store_job(topology),
        None => super::provision_job(topology),
    };
    let own_variable = topology.tls.as_ref().and_then(|tls| tls.variable.clone());
    let wants_secret = nomad.vault.is_none() && keys.is_none() && has_secrets;
    View {
        guide: Guide::of(topology, command, "sh restatectl.sh"),
        volumes: VolumeView::of(topology),
        job: &nomad.job,
        store_job: super::store_job(topology),
        provision_job: super::provision_job(topology),
        namespace: &nomad.namespace,
        own_namespace: nomad.namespace != "default",
        nodes: listed.collect(),
        many_nodes: nodes.len() > MOST_LISTED,
        first_node: nodes.first().map(|node| node.name.as_str()),
        first_volume: nodes.first().map(|node| super::node_volume(topology, node)),
        first_admin: first(Role::Admin, PortName::Admin),
        first_ingress: first(Role::HttpIngress, PortName::Ingress),
        another_node: nodes
            .iter()
            .take(2)
            .next_back()
            .map(|node| node.name.as_str()),
        blind_checks: nodes
            .iter()
            .any(|node| node.probe().body_contains.is_some()),
        own_item: keys.as_ref().map(|keys| keys.own_secret.name),
        nodes_item: keys.as_ref().map(|keys| keys.nodes_secret.name),
        secret_json: has_secrets.then_some(secret_json),
        vault: nomad.vault.as_ref(),
        vault_api_path: nomad.vault.as_ref().map(Vault::api_path),
        wants_secret,
        spread: nomad.spread.as_ref(),
        node_pool: nomad.node_pool.as_deref(),
        files: files(topology, wants_secret),
        tls_in_vault: own_variable.is_none() && nomad.vault.is_some(),
        tls_provision_variable: own_variable
            .is_none()
            .then(|| format!("nomad/jobs/{}", super::provision_job(topology))),
        tls_variable: own_variable.unwrap_or_else(|| format!("nomad/jobs/{}", nomad.job)),
        max_kill_timeout: format!("{}s", nomad.max_kill_timeout.as_seconds()),
        bridge: nomad.network == NetworkMode::Bridge,
        host_networks: host_networks(topology),
        constraints: constraints(topology),
        lost_job,
        ignores_size: nomad.volume_plugin == "mkdir",
        volume_size: topology.volumes.size.to_string(),
        consul: nomad.provider == ServiceProvider::Consul,
        one_host: nomad.one_host,
        pins_hosts: !nomad.hosts.is_empty(),
        location_attribute: nomad.location_attribute.as_deref(),
        oversubscription: nomad.memory_oversubscription,
        plugin: &nomad.volume_plugin,
    }
}

/// The networks of clients that the file names, each once.
fn host_networks(topology: &Topology) -> Option<String> {
    let nomad = &topology.nomad;
    let store = topology.object_store.bundled();
    let of_store = store.and(nomad.host_networks.store.as_deref());
    let names = PortName::ALL.map(|port| nomad.host_network(port));
    let names = names.into_iter().chain([of_store]).flatten();
    let names: BTreeSet<String> = names.map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| joined(names, ", "))
}

/// What the file asks of all clients, in words.
fn constraints(topology: &Topology) -> Vec<String> {
    let constraints = topology.nomad.constraints.iter();
    constraints
        .map(|constraint| {
            let operator = constraint.operator.unwrap_or("=");
            let words = [Some(constraint.attribute.as_str()), Some(operator)];
            let words = words.into_iter().chain([constraint.value.as_deref()]);
            joined(words.flatten(), " ")
        })
        .collect()
}

fn node_view<'a>(topology: &Topology, index: usize, node: &'a Node) -> NodeView<'a> {
    let port = |name: PortName| {
        let is_served = node.ports().any(|port| port.name == name);
        let number = is_served.then(|| node.static_ports.port(name).to_string());
        number.unwrap_or_else(|| "-".into())
    };
    let host = topology.nomad.hosts.get(index);
    NodeView {
        name: &node.name,
        id: node.id.0,
        host: host.map_or_else(|| "any".into(), |host| host.in_url()),
        ingress: port(PortName::Ingress),
        admin: port(PortName::Admin),
        fabric: port(PortName::Fabric),
        volume: super::node_volume(topology, node),
        roles: roles(node),
    }
}

/// The files that have to be put where templates read them. `has_variable` says whether the guide has made the job's own variable.
fn files(topology: &Topology, has_variable: bool) -> Vec<FileView<'_>> {
    let nomad = &topology.nomad;
    let of_job = format!("nomad/jobs/{}", nomad.job);
    let mut made: Vec<String> = has_variable.then(|| of_job.clone()).into_iter().collect();
    let mut views = Vec::new();
    for file in &topology.files {
        let (Some(source), Some(name)) = (&file.nomad, file.path.rsplit('/').next()) else {
            continue;
        };
        let variable = source.variable.clone();
        let in_vault = variable.is_none() && nomad.vault.is_some();
        let variable = variable.unwrap_or_else(|| of_job.clone());
        views.push(FileView {
            path: &file.path,
            name,
            key: &source.key,
            in_vault,
            is_added: made.contains(&variable),
            variable: variable.clone(),
        });
        if !in_vault {
            made.push(variable);
        }
    }
    views
}
