//! What the cluster file gives our services in Compose's own keys, as YAML: merged with what they have, key by key as
//! [`handling`] says.
//!
//! Values are the user's: nothing is escaped in them, so `$` keeps Compose's own meaning.

use minijinja::Value as Line;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::interpolation::VariableView;
use crate::render::{verbatim, yaml_entry, yaml_flow, yaml_string};
use crate::topology::Topology;
use crate::topology::compose::{Handling, Of, handling, mount, names, variables};

/// The name of all ingresses inside the network.
pub const ALIAS: &str = "restate";
/// Keys of a node that hold for all services that run its image, so that they start together and on the same platform.
const OF_THE_IMAGE: [&str; 3] = ["platform", "profiles", "pull_policy"];

/// What a service of ours gets, as a template sees it.
#[derive(Serialize, Clone)]
pub struct PassedView {
    keeps: Keeps,
    pub networks: Vec<Line>,
    ports: Vec<Line>,
    volumes: Vec<Line>,
    tmpfs: Line,
    secrets: Vec<Line>,
    extra_hosts: Option<Line>,
    cap_add: Option<Line>,
    deploy: Vec<Line>,
    others: Vec<Line>,
}

/// Which of its own values a service keeps.
#[derive(Serialize, Clone)]
struct Keeps {
    restart: bool,
    read_only: bool,
    cap_drop: bool,
    security_opt: bool,
    logging: bool,
}

/// Whether the ingresses have their common name: a node of that name is what it means already.
pub fn has_alias(topology: &Topology) -> bool {
    topology.nodes.iter().all(|node| node.name != ALIAS)
}

/// What a service has of its own, where it depends on more than its kind.
#[derive(Default)]
pub struct Own {
    /// Whether it answers to [`ALIAS`].
    pub alias: bool,
    /// Hosts that it knows.
    pub hosts: &'static [&'static str],
    /// Secrets that it reads.
    pub secrets: Vec<Value>,
    /// Capabilities that it needs.
    pub capabilities: &'static [&'static str],
}

/// What a service needs to read and write what others own: a folder of the host, or `more`, such as what the image of SeaweedFS made.
pub fn capabilities(topology: &Topology, more: bool) -> &'static [&'static str] {
    match topology.has_data_of_others() || more {
        true => &["DAC_OVERRIDE"],
        false => &[],
    }
}

/// What is given to a service.
pub fn view(of: Of, keys: &Map<String, Value>, own: Own) -> PassedView {
    let keeps = |key: &str| !keys.contains_key(key);
    let items = |key: &str| -> Vec<Value> {
        match keys.get(key) {
            Some(Value::Array(items)) => items.clone(),
            Some(value @ Value::String(_)) => vec![value.clone()],
            _ => Vec::new(),
        }
    };
    let flows = |items: Vec<Value>| items.iter().map(|item| verbatim(yaml_flow(item))).collect();
    let list = |items: Vec<Value>| verbatim(yaml_flow(&Value::Array(items)));
    let some = |items: Vec<Value>| (!items.is_empty()).then(|| list(items));
    let owned = |own: &[&str]| -> Vec<Value> { own.iter().map(|own| json!(own)).collect() };
    let mounts_tmp = |entry: &Value| mount(entry).is_some_and(|mount| mount.target == "/tmp");
    let has_tmp = ["tmpfs", "volumes"]
        .into_iter()
        .flat_map(items)
        .any(|entry| mounts_tmp(&entry));
    let mut tmpfs = owned(if has_tmp { &[] } else { &["/tmp"] });
    tmpfs.extend(items("tmpfs"));
    let given = hosts_of(keys.get("extra_hosts"));
    let host = |entry: &Value| {
        entry
            .as_str()
            .and_then(|entry| entry.split([':', '=']).next().map(str::to_owned))
    };
    let mut hosts = owned(own.hosts);
    hosts.retain(|own| given.iter().all(|given| host(given) != host(own)));
    hosts.extend(given);
    let mut secrets = own.secrets;
    if handling(of, "secrets") == Handling::Added {
        secrets.extend(items("secrets"));
    }
    let mut capabilities = owned(own.capabilities);
    capabilities.extend(items("cap_add"));
    let others = keys
        .iter()
        .filter(|(key, _)| matches!(handling(of, key), Handling::Passed | Handling::Replacing));
    PassedView {
        keeps: Keeps {
            restart: keeps("restart"),
            read_only: keeps("read_only"),
            cap_drop: keeps("cap_drop"),
            security_opt: keeps("security_opt"),
            logging: keeps("logging"),
        },
        networks: lines(&networks(keys.get("networks"), own.alias)),
        ports: flows(items("ports")),
        volumes: flows(items("volumes")),
        tmpfs: list(tmpfs),
        secrets: flows(secrets),
        extra_hosts: some(hosts),
        cap_add: some(capabilities),
        deploy: keys
            .get("deploy")
            .and_then(Value::as_object)
            .map(lines)
            .unwrap_or_default(),
        others: others
            .flat_map(|(key, value)| yaml_entry(key, value))
            .collect(),
    }
}

/// The variables that a service gets.
pub fn environment(keys: &Map<String, Value>) -> (Vec<VariableView>, Vec<String>) {
    let mut given = Vec::new();
    let mut passed_on = Vec::new();
    for (name, value) in keys.get("environment").map(variables).unwrap_or_default() {
        match value {
            Some(value) => given.push(VariableView { name, value }),
            None => passed_on.push(name),
        }
    }
    (given, passed_on)
}

/// What the services that run the nodes' image get.
pub fn of_the_image(keys: &Map<String, Value>) -> Vec<Line> {
    let keys = keys
        .iter()
        .filter(|(key, _)| OF_THE_IMAGE.contains(&key.as_str()));
    keys.flat_map(|(key, value)| yaml_entry(key, value))
        .collect()
}

/// A mapping that the file has next to its services, an entry a line.
pub fn lines(entries: &Map<String, Value>) -> Vec<Line> {
    entries
        .iter()
        .map(|(key, value)| match value {
            Value::Null => verbatim(format!("{}:", yaml_string(key))),
            value => verbatim(format!("{}: {}", yaml_string(key), yaml_flow(value))),
        })
        .collect()
}

/// The networks of a service. The default one is always among them: nodes, steps and store reach each other there.
fn networks(given: Option<&Value>, has_alias: bool) -> Map<String, Value> {
    let mut others = match given {
        Some(Value::Object(entries)) => entries.clone(),
        Some(list) => names(list)
            .into_iter()
            .map(|name| (name.to_owned(), Value::Null))
            .collect(),
        None => Map::new(),
    };
    if others.is_empty() && !has_alias {
        return Map::new();
    }
    let mut default = match others.shift_remove("default") {
        Some(Value::Object(options)) => options,
        _ => Map::new(),
    };
    if has_alias {
        let more = default.get("aliases").map(names).unwrap_or_default();
        let more = more.into_iter().filter(|alias| *alias != ALIAS);
        let aliases: Vec<&str> = std::iter::once(ALIAS).chain(more).collect();
        let aliases = json!(aliases);
        default.insert("aliases".into(), aliases);
    }
    let mut networks = Map::new();
    networks.insert("default".into(), Value::Object(default));
    networks.extend(others);
    networks
}

/// Hosts as a list, whichever form they are written in.
fn hosts_of(given: Option<&Value>) -> Vec<Value> {
    match given {
        Some(Value::Object(entries)) => entries
            .iter()
            .flat_map(|(host, addresses)| {
                let entry = move |address: &str| json!(format!("{host}:{address}"));
                names(addresses).into_iter().map(entry).collect::<Vec<_>>()
            })
            .collect(),
        Some(Value::Array(entries)) => entries.clone(),
        _ => Vec::new(),
    }
}
