//! The view of a node's service in `docker-compose.yaml`.

use std::net::IpAddr;

use minijinja::Value;
use serde::Serialize;

use super::interpolation::{literal, mandatory, overridable};
use super::names::{Names, source_of};
use super::variables::{CPUS, OVERRIDABLE, PASSED_ON, SecretKey, port_variable, store_keys};
use crate::facts::FABRIC_PORT;
use crate::model::{ByteSize, PortName, Role};
use crate::targets::environment;
use crate::topology::settings::{self, Addresses, Assignment};
use crate::topology::{Node, NodePort, ObjectStore, Topology};

/// Where the image expects its data. Source: restatedev/restate docker/Dockerfile: WORKDIR / and the server's default base-dir.
const DATA_FOLDER: &str = "/restate-data";
/// How much longer Compose waits than the server's own shutdown, so that it is never killed in the middle of one.
const SHUTDOWN_MARGIN_SECONDS: u64 = 30;

#[derive(Serialize)]
pub struct NodeView {
    pub name: String,
    pub shares: bool,
    pub anchor: String,
    pub environment: Vec<VariableView>,
    passed_on: Vec<&'static str>,
    entrypoint: Value,
    reaches_host: bool,
    publishes: bool,
    ports: Vec<String>,
    volume_mount: String,
    looked_into: String,
    health_check: String,
    stop_grace_period: String,
    limits_cpus: bool,
    cpus: String,
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

/// What is worked out once for all nodes that differ in nothing but who they are.
pub struct Kind<'t> {
    first: &'t Node,
    settings: Vec<Assignment>,
    environment: Vec<VariableView>,
    credentials: Vec<VariableView>,
    passed_on: Vec<&'static str>,
    stop_grace_period: String,
}

impl<'t> Kind<'t> {
    /// The kind of that node.
    pub fn of(topology: &Topology, node: &'t Node, metadata_servers: &[String]) -> Self {
        let addresses = Addresses {
            advertised: fabric_url(node),
            // Put in for each node, in Compose's notation: they follow its port variables.
            ingress: String::new(),
            admin: String::new(),
            metadata_servers: metadata_servers.to_vec(),
            bind_ip: "0.0.0.0",
            base_dir: DATA_FOLDER,
        };
        let names = Names::of(topology);
        let settings: Vec<Assignment> = settings::server_settings(topology, node, addresses)
            .into_iter()
            .map(|setting| names.localized(setting))
            .collect();
        let environment: Vec<VariableView> = settings
            .iter()
            .map(|setting| VariableView {
                name: environment::variable(setting).name,
                value: setting_value(setting),
            })
            .collect();
        let passed_on = PASSED_ON
            .iter()
            .copied()
            .filter(|name| environment.iter().all(|variable| variable.name != *name))
            .collect();
        Self {
            first: node,
            stop_grace_period: stop_grace_period(&settings),
            credentials: store_variables(&topology.object_store),
            settings,
            environment,
            passed_on,
        }
    }

    /// Whether the node is of this kind.
    pub fn fits(&self, node: &Node) -> bool {
        node.is_like(self.first)
    }

    /// The view of a node of this kind.
    pub fn view(&self, topology: &Topology, node: &Node) -> NodeView {
        let variables = self.environment.iter().zip(&self.settings);
        let environment = variables.map(|(variable, setting)| VariableView {
            name: variable.name.clone(),
            value: own_value(topology, node, setting).unwrap_or_else(|| variable.value.clone()),
        });
        let ports = ports(topology, node);
        let source = source_of(topology, &node.name);
        NodeView {
            name: node.name.clone(),
            shares: false,
            anchor: String::new(),
            environment: environment
                .chain(self.credentials.iter().cloned())
                .collect(),
            passed_on: self.passed_on.clone(),
            entrypoint: entrypoint(topology),
            // Workers call services, and the admin API asks them what they offer when they are registered.
            reaches_host: node.has(Role::Worker) || node.has(Role::Admin),
            publishes: !ports.is_empty(),
            ports,
            looked_into: format!("{source}:/nodes/{}:ro", node.name),
            volume_mount: format!("{source}:{DATA_FOLDER}"),
            health_check: health_check(node),
            stop_grace_period: self.stop_grace_period.clone(),
            limits_cpus: node.resources.cpus.is_some(),
            cpus: cpu_limit(node.resources.cpus),
            memory: memory(node.resources.memory),
            reserved_cpus: cpus(node.resources.reserved_cpus),
            reserved_memory: memory(node.resources.reserved_memory),
        }
    }
}

/// The server without the proxies that the Docker client gives every container (`proxies` in its `config.json`). Services and
/// the bundled store are next to the nodes, where no proxy leads. A proxy for services is a setting, which stays.
fn entrypoint(topology: &Topology) -> Value {
    let mut dropped = vec!["HTTP_PROXY", "http_proxy"];
    if topology.object_store.bundled().is_some() {
        dropped.extend(["ALL_PROXY", "all_proxy"]);
    }
    let mut behaviours = topology.release.behaviours();
    if behaviours.any(|behaviour| behaviour.name == "no-proxy-of-hosts") {
        dropped.extend(["NO_PROXY", "no_proxy"]);
    }
    let dropped: Vec<String> = dropped.iter().map(|name| format!("-u, {name}")).collect();
    Value::from_safe_string(format!("[env, {}, restate-server]", dropped.join(", ")))
}

/// The value of a setting that says who the node is.
fn own_value(topology: &Topology, node: &Node, setting: &Assignment) -> Option<String> {
    let user_url = |name: PortName| {
        if topology.published.contains(&name) {
            let host = reachable(topology.bind(name));
            format!("http://{host}:{}/", host_port(node, name))
        } else {
            format!("http://{}:{}/", node.name, NodePort::of(name).target)
        }
    };
    // One that the user sets has a value here already.
    let is_open = setting.value == "";
    match setting.path.as_ref() {
        "node-name" => Some(literal(&node.name)),
        "force-node-id" => Some(node.id.to_string()),
        "advertised-address" => {
            let variable = format!("RESTATE_NODE{}_ADVERTISED_ADDRESS", node.id);
            Some(overridable(&variable, &literal(&fabric_url(node))))
        }
        "ingress.advertised-address" if is_open => Some(user_url(PortName::Ingress)),
        "admin.advertised-address" if is_open => Some(user_url(PortName::Admin)),
        _ => None,
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

/// Longer than the server's own shutdown takes at most.
fn stop_grace_period(settings: &[Assignment]) -> String {
    let shutdown = settings::shutdown_seconds(settings);
    format!("{}s", shutdown + SHUTDOWN_MARGIN_SECONDS)
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

/// A setting's value in Compose's notation, open to `.env` where it is one of [`OVERRIDABLE`].
pub fn setting_value(setting: &Assignment) -> String {
    let value = literal(&environment::variable(setting).value);
    match OVERRIDABLE.iter().find(|(path, _)| *path == setting.path) {
        Some((_, variable)) => overridable(variable, &value),
        None => value,
    }
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

/// The key's value, from `.env`.
pub fn key_value(key: &SecretKey) -> String {
    match key.default {
        Some(default) => overridable(key.name, default),
        None => mandatory(key.name, key.when_missing),
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

/// The limit, which `.env` sets for a whole host: an engine refuses one that is more than the host has.
fn cpu_limit(limit: Option<f64>) -> String {
    limit.map_or_else(String::new, |cores| overridable(CPUS, &cpus(cores)))
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
