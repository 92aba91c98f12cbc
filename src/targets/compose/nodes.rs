//! The view of a node's service in `docker-compose.yaml`.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;

use super::files;
use super::interpolation::{VariableView, literal, mandatory, overridable};
use super::names::{source_of_node, store_url};
use super::passed::{self, Own, PassedView};
use super::variables::{
    CPUS, PASSED_ON, SecretKey, advertised_variable, nodes_keys, overriding, port_variable,
};
use crate::facts::FABRIC_PORT;
use crate::model::{ByteSize, PortName, Role};
use crate::server::credentials::SETTINGS_OF_BUNDLED;
use crate::server::{Address, Assignment, Configuration, DATA_FOLDER, SettingValue, environment};
use crate::topology::compose::Of;
use crate::topology::tls::CA;
use crate::topology::{Node, NodePort, ObjectStore, Topology};

/// This machine as containers call it.
const HOST: &str = "host.docker.internal:host-gateway";
/// How much longer Compose waits than the server's own shutdown, so that it is never killed in the middle of one.
const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

#[derive(Serialize)]
pub struct NodeView {
    pub name: String,
    /// The anchor of what its environment has in common with others.
    pub anchor: Option<String>,
    pub environment: Vec<VariableView>,
    passed_on: Vec<String>,
    passed: PassedView,
    publishes: bool,
    ports: Vec<String>,
    volume_mount: String,
    looked_into: String,
    health_check: String,
    stop_grace_period: String,
    cpus: Option<String>,
    memory: String,
    reserved_cpus: String,
    reserved_memory: String,
}

/// The views of the nodes' services.
pub fn views(topology: &Topology) -> Vec<NodeView> {
    let shared = Shared::of(topology);
    let nodes = topology.nodes.iter();
    nodes.map(|node| view(topology, &shared, node)).collect()
}

/// What the services of all nodes have in common.
struct Shared {
    addresses: Addresses,
    /// The variables of the object store, and those of the file.
    variables: Vec<VariableView>,
    /// Names of variables that come from where Compose runs.
    passed_on: Vec<String>,
    has_alias: bool,
    capabilities: &'static [&'static str],
    secrets: Vec<Value>,
}

impl Shared {
    fn of(topology: &Topology) -> Self {
        let (given, passed_on) = passed::environment(&topology.compose.node);
        let is_given = |name: &String| {
            given.iter().any(|variable| variable.name == *name) || passed_on.contains(name)
        };
        let mut variables = store_variables(&topology.object_store);
        variables.extend(client_variables(topology));
        variables.retain(|variable| !is_given(&variable.name));
        variables.extend(given);
        let files = files::of_the_host(topology);
        Self {
            addresses: Addresses::of(topology),
            variables,
            passed_on,
            has_alias: passed::has_alias(topology),
            capabilities: passed::capabilities(topology, !files.is_empty()),
            secrets: files.into_iter().map(|file| file.mount).collect(),
        }
    }
}

/// The addresses that are the same on every host and for every node.
pub struct Addresses {
    metadata_servers: Value,
    store: Option<String>,
}

impl Addresses {
    /// Those of the cluster.
    pub fn of(topology: &Topology) -> Self {
        let servers = topology.nodes_with(Role::MetadataServer);
        Self {
            metadata_servers: servers.map(|node| fabric_url(topology, node)).collect(),
            store: store_url(topology),
        }
    }

    /// The value of a setting as the server reads it; none for an address of the node itself, which differs from host to host.
    pub fn text(&self, setting: &Assignment<SettingValue>) -> Option<String> {
        let text = |value: &Value| environment::text(&setting.key, value);
        match &setting.value {
            SettingValue::Value(value) => Some(text(value)),
            SettingValue::Address(Address::MetadataServers) => Some(text(&self.metadata_servers)),
            SettingValue::Address(Address::Store) => Some(text(&self.store.clone()?.into())),
            SettingValue::Address(Address::Fabric | Address::Ingress | Address::Admin) => None,
        }
    }
}

fn view(topology: &Topology, shared: &Shared, node: &Node) -> NodeView {
    let server = Configuration::of(topology, node);
    let settings = server.settings.iter();
    let settings = settings.map(|setting| variable(topology, shared, node, setting));
    let environment: Vec<VariableView> = settings
        .chain(own_tools(topology, shared, node))
        .chain(shared.variables.clone())
        .collect();
    let is_open = |name: &&&str| environment.iter().all(|variable| variable.name != **name);
    let is_ours = PASSED_ON.iter().filter(is_open);
    let passed_on = shared.passed_on.iter().cloned();
    let passed_on = passed_on.chain(is_ours.map(|name| name.to_string()));
    // Workers call services, and the admin API asks them what they offer when they are registered.
    let reaches_host = node.has(Role::Worker) || node.has(Role::Admin);
    let own = Own {
        alias: shared.has_alias && node.has(Role::HttpIngress),
        hosts: if reaches_host { &[HOST] } else { &[] },
        capabilities: shared.capabilities,
        secrets: shared.secrets.clone(),
    };
    let keys = &topology.compose.node;
    let ports = ports(topology, node);
    let source = source_of_node(topology, node);
    NodeView {
        name: node.name.clone(),
        anchor: None,
        passed_on: passed_on.collect(),
        environment,
        passed: passed::view(Of::Node, keys, own),
        publishes: !ports.is_empty() || keys.contains_key("ports"),
        ports,
        looked_into: format!("{source}:/nodes/{}:ro", node.name),
        volume_mount: format!("{source}:{DATA_FOLDER}"),
        health_check: health_check(topology, node),
        stop_grace_period: format!("{}s", server.shutdown_seconds() + SHUTDOWN_MARGIN_SECONDS),
        // `.env` sets it for a whole host: an engine refuses more than the host has.
        cpus: node
            .resources
            .cpus
            .map(|limit| overridable(CPUS, &cpus(limit))),
        memory: memory(node.resources.memory),
        reserved_cpus: cpus(node.resources.reserved_cpus),
        reserved_memory: memory(node.resources.shared_memory()),
    }
}

/// A setting of a node's server as a variable of its service.
fn variable(
    topology: &Topology,
    shared: &Shared,
    node: &Node,
    setting: &Assignment<SettingValue>,
) -> VariableView {
    let value = match &setting.value {
        // Where the node is found, which `.env` says for each node by itself.
        SettingValue::Address(Address::Fabric) => overridable(
            &advertised_variable(node),
            &literal(&fabric_url(topology, node)),
        ),
        // They follow the variables of the ports, so they are not literals.
        SettingValue::Address(Address::Ingress) => user_url(topology, node, PortName::Ingress),
        SettingValue::Address(Address::Admin) => user_url(topology, node, PortName::Admin),
        SettingValue::Address(Address::MetadataServers | Address::Store)
        | SettingValue::Value(_) => {
            let text = shared.addresses.text(setting);
            open_to_env(
                &setting.path,
                &literal(&text.expect("the same on every host")),
            )
        }
    };
    VariableView {
        name: environment::name(setting),
        value,
    }
}

/// How a user reaches what the node serves: on the host where the port is published, else in the network.
fn user_url(topology: &Topology, node: &Node, name: PortName) -> String {
    if topology.published.contains(&name) {
        let host = reachable(topology.bind(name));
        format!("http://{host}:{}/", host_port(node, name))
    } else {
        format!("http://{}:{}/", node.name, NodePort::of(name).target)
    }
}

fn host_port(node: &Node, name: PortName) -> String {
    overridable(
        &port_variable(node, name),
        &node.host_ports.port(name).to_string(),
    )
}

fn ports(topology: &Topology, node: &Node) -> Vec<String> {
    topology
        .published_ports(node)
        .map(|port| {
            let number = host_port(node, port.name);
            published(topology.bind(port.name), &number, port.target)
        })
        .collect()
}

/// What tells that a node works, by what it does. The image has curl and jq, no wget.
fn health_check(topology: &Topology, node: &Node) -> String {
    let probe = node.probe();
    // A node asks itself, by an address that need not be in its certificate.
    let scheme = match topology.is_probed_by_tls(node) {
        true => "-k https",
        false => "http",
    };
    // An unprovisioned server takes the connection and never answers, hence the time limit.
    let get = format!(
        "curl --noproxy '*' -fsS -m 4 {scheme}://127.0.0.1:{}{}",
        probe.port, probe.path
    );
    literal(&match probe.body_contains {
        None => get,
        // This one answers 200 from the start, so what it says counts.
        Some(_) => format!("{get} | jq -e '.status == \"Alive\"'"),
    })
}

/// A setting's value, open to `.env` where that overrides it.
pub fn open_to_env(path: &str, value: &str) -> String {
    overriding(path).map_or_else(
        || value.to_owned(),
        |variable| overridable(&variable, value),
    )
}

/// What stands in the file of the object store, and its credentials, from `.env`.
fn store_variables(store: &ObjectStore) -> Vec<VariableView> {
    let variable = |name: &str, value| VariableView {
        name: name.to_owned(),
        value,
    };
    let keys = nodes_keys(store).iter();
    let credentials: Vec<VariableView> = if store.bundled().is_some() {
        let of_server = SETTINGS_OF_BUNDLED.into_iter().zip(keys);
        of_server
            .map(|(name, key)| variable(name, format!("\"{}\"", key_value(key))))
            .collect()
    } else {
        keys.map(|key| variable(key.name, key_value(key))).collect()
    };
    let account = environment::account(store).into_iter();
    account
        .map(|(name, account)| variable(name, literal(account)))
        .chain(credentials)
        .collect()
}

/// The key's value, from `.env`.
pub fn key_value(key: &SecretKey) -> String {
    match key.default {
        Some(default) => overridable(key.name, default),
        None if key.is_made => {
            mandatory(key.name, "not set; `restate-gen env` writes one into .env")
        }
        None => mandatory(key.name, "not set; set it in .env"),
    }
}

/// What `restatectl` and `curl` in a container need to trust the nodes' certificates.
pub fn client_variables(topology: &Topology) -> Vec<VariableView> {
    if topology.tls.is_none() {
        return Vec::new();
    }
    let variable = |name: &str| VariableView {
        name: name.to_owned(),
        value: CA.to_owned(),
    };
    vec![variable("RESTATECTL_TLS_CA"), variable("CURL_CA_BUNDLE")]
}

/// Where `restatectl` in a node finds that node, where its own default does not fit.
fn own_tools(topology: &Topology, shared: &Shared, node: &Node) -> Option<VariableView> {
    let name = "RESTATECTL_ADDRESS";
    let is_given = shared.passed_on.iter().any(|given| given == name)
        || shared.variables.iter().any(|given| given.name == name);
    let is_needed = topology.tls.is_some() && !is_given;
    is_needed.then(|| VariableView {
        name: name.to_owned(),
        value: literal(&fabric_url(topology, node)),
    })
}

/// By which all other nodes reach the node.
pub fn fabric_url(topology: &Topology, node: &Node) -> String {
    format!("{}://{}:{FABRIC_PORT}", topology.fabric_scheme(), node.name)
}

/// A port mapping in Compose's short form.
pub fn published(bind: IpAddr, host_port: &str, target: u16) -> String {
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
