//! The view of a node's service in `docker-compose.yaml`.

use std::net::IpAddr;

use serde::Serialize;

use super::files;
use super::interpolation::{literal, mandatory, overridable};
use super::names::{source_of, store_url};
use super::passed::{self, Own, PassedView};
use super::variables::{
    CPUS, PASSED_ON, SecretKey, bundled_keys, nodes_keys, overriding, port_variable,
};
use crate::facts::FABRIC_PORT;
use crate::model::{ByteSize, PortName, Role};
use crate::server::{Address, Assignment, Configuration, DATA_FOLDER, Setting, environment};
use crate::topology::compose::Of;
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

/// A variable of a service, in Compose's notation.
#[derive(Serialize, Clone, PartialEq)]
pub struct VariableView {
    pub name: String,
    pub value: String,
}

/// The view of a node's service.
pub fn view(topology: &Topology, node: &Node) -> NodeView {
    let server = Configuration::of(topology, node);
    let mut environment = environment(topology, node, &server);
    let keys = &topology.compose.node;
    let (given, mut passed_on) = passed::environment(keys);
    let is_given = |name: &str| {
        let mut names = given
            .iter()
            .map(|variable| &variable.name)
            .chain(&passed_on);
        names.any(|given| given == name)
    };
    let mut of_store = store_variables(&topology.object_store);
    of_store.retain(|variable| !is_given(&variable.name));
    environment.extend(of_store.into_iter().chain(given));
    let is_open = |name: &&&str| environment.iter().all(|variable| variable.name != **name);
    let is_ours = PASSED_ON.iter().filter(is_open);
    passed_on.extend(is_ours.map(|name| name.to_string()));
    // Workers call services, and the admin API asks them what they offer when they are registered.
    let reaches_host = node.has(Role::Worker) || node.has(Role::Admin);
    let files = files::of_the_host(topology);
    let own = Own {
        alias: passed::has_alias(topology) && node.has(Role::HttpIngress),
        hosts: if reaches_host { &[HOST] } else { &[] },
        capabilities: passed::capabilities(topology, !files.is_empty()),
        secrets: files.into_iter().map(|file| file.mount).collect(),
    };
    let ports = ports(topology, node);
    let source = source_of(topology, &node.name);
    NodeView {
        name: node.name.clone(),
        anchor: None,
        environment,
        passed_on,
        passed: passed::view(Of::Node, keys, own),
        publishes: !ports.is_empty() || keys.contains_key("ports"),
        ports,
        looked_into: format!("{source}:/nodes/{}:ro", node.name),
        volume_mount: format!("{source}:{DATA_FOLDER}"),
        health_check: health_check(node),
        stop_grace_period: format!("{}s", server.shutdown_seconds() + SHUTDOWN_MARGIN_SECONDS),
        // `.env` sets it for a whole host: an engine refuses more than the host has.
        cpus: node
            .resources
            .cpus
            .map(|limit| overridable(CPUS, &cpus(limit))),
        memory: memory(node.resources.memory),
        reserved_cpus: cpus(node.resources.reserved_cpus),
        reserved_memory: memory(node.resources.reserved_memory),
    }
}

/// The settings of a node's server as variables of its service.
fn environment(topology: &Topology, node: &Node, server: &Configuration) -> Vec<VariableView> {
    let settings = server.settings.iter();
    settings
        .map(|setting| VariableView {
            name: environment::name(setting),
            value: match &setting.value {
                // Where the node is found, which `.env` says for each node by itself.
                Setting::Address(Address::Fabric) => {
                    let variable = format!("RESTATE_NODE{}_ADVERTISED_ADDRESS", node.id);
                    overridable(&variable, &literal(&fabric_url(node)))
                }
                // They follow the variables of the ports, so they are not literals.
                Setting::Address(Address::Ingress) => user_url(topology, node, PortName::Ingress),
                Setting::Address(Address::Admin) => user_url(topology, node, PortName::Admin),
                Setting::Address(Address::MetadataServers | Address::Store) | Setting::Value(_) => {
                    let text = text(topology, setting).expect("the same on every host");
                    open_to_env(&setting.path, &literal(&text))
                }
            },
        })
        .collect()
}

/// The value of a setting as the server reads it; none for an address of the node itself, which differs from host to host.
pub fn text(topology: &Topology, setting: &Assignment<Setting>) -> Option<String> {
    let text = |value: &serde_json::Value| environment::text(&setting.key, value);
    match &setting.value {
        Setting::Value(value) => Some(text(value)),
        Setting::Address(Address::MetadataServers) => {
            let servers = topology.nodes_with(Role::MetadataServer);
            Some(text(&servers.map(fabric_url).collect()))
        }
        Setting::Address(Address::Store) => store_url(topology).map(|url| text(&url.into())),
        Setting::Address(Address::Fabric | Address::Ingress | Address::Admin) => None,
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
fn health_check(node: &Node) -> String {
    let probe = node.probe();
    // An unprovisioned server takes the connection and never answers, hence the time limit.
    let get = format!(
        "curl --noproxy '*' -fsS -m 4 http://127.0.0.1:{}{}",
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

/// What stands in the file of the object store, and its credentials.
fn store_variables(store: &ObjectStore) -> Vec<VariableView> {
    let stated = environment::store_variables(store).into_iter();
    let stated = stated.map(|variable| VariableView {
        name: variable.name,
        value: literal(&variable.value),
    });
    stated.chain(credentials(store)).collect()
}

/// The credentials of the object store, from `.env`.
fn credentials(store: &ObjectStore) -> Vec<VariableView> {
    // The bundled store's go under the server's own keys: the AWS variables would reach the client of Lambda services too.
    // In quotes, so that the server takes a secret of digits alone for the text that it is.
    if let Some(keys) = bundled_keys(store) {
        let of_server = [
            ("AWS_ACCESS_KEY_ID", keys.nodes_access),
            ("AWS_SECRET_ACCESS_KEY", keys.nodes_secret),
        ];
        let of_server = of_server.map(|(name, key)| VariableView {
            name: format!("RESTATE_WORKER__SNAPSHOTS__{name}"),
            value: format!("\"{}\"", key_value(key)),
        });
        return of_server.into();
    }
    let keys = nodes_keys(store).iter();
    keys.map(|key| VariableView {
        name: key.name.into(),
        value: key_value(key),
    })
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

/// By which all other nodes reach the node.
pub fn fabric_url(node: &Node) -> String {
    format!("http://{}:{FABRIC_PORT}", node.name)
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
