//! Keys of a server's service that the cluster file passes on to the nodes, and those that an override has to.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::draft::Drafting;
use super::part::{Part, Spot};
use super::server::{Data, Mount, Server, is_path};
use crate::diagnostic::quoted;
use crate::render::{yaml_flow, yaml_string};
use crate::topology::compose::{DEFAULT_PREFIX, Handling, Of, handling};

/// What becomes of the keys of one service.
#[derive(Default)]
struct Keys {
    /// For `compose.node`.
    passed: IndexMap<String, (Value, Spot)>,
    /// What no key takes, and Compose does for one service.
    overriding: Map<String, Value>,
}

/// Keys that say what keys of the cluster file say too, or that every node has.
const SAID_ELSEWHERE: [&str; 18] = [
    "image",
    "environment",
    "env_file",
    "volumes",
    "ports",
    "command",
    "entrypoint",
    "hostname",
    "cpus",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "expose",
    "deploy",
    "depends_on",
    "healthcheck",
    "stop_grace_period",
    "build",
];

/// What every node has without being told: the key and its value.
fn is_of_every_node(key: &str, value: &Value) -> bool {
    match key {
        "restart" => value == "unless-stopped",
        "read_only" => *value == true,
        "tmpfs" => *value == json!(["/tmp"]) || value == "/tmp",
        // A node with an existing volume has it: the data may belong to anyone.
        "cap_add" => *value == json!(["DAC_OVERRIDE"]),
        "cap_drop" => *value == json!(["ALL"]),
        "security_opt" => *value == json!(["no-new-privileges:true"]),
        "extra_hosts" => *value == json!(["host.docker.internal:host-gateway"]),
        "logging" => {
            *value
                == json!({"driver": "json-file", "options": {"max-size": "100m", "max-file": "3"}})
        }
        "networks" => value.as_object().is_some_and(|networks| {
            networks.iter().all(|(name, options)| {
                let is_alias = options.is_null() || *options == json!({"aliases": ["restate"]});
                name == "default" && is_alias
            })
        }),
        _ => key.starts_with("x-"),
    }
}

/// Adds the keys to the cluster file and to the override.
pub(super) fn add(drafting: &mut Drafting) {
    let deployment = drafting.deployment;
    let mut all: Vec<Keys> = Vec::new();
    for server in &deployment.servers {
        let keys = keys_of(drafting, server);
        all.push(keys);
    }
    let mut node = Map::new();
    let first = all[0].passed.clone();
    for (key, (value, spot)) in first {
        let is_common = all.iter().all(|other| {
            other
                .passed
                .get(&key)
                .is_some_and(|(other, _)| *other == value)
        });
        if is_common {
            drafting.carried(
                &spot,
                format!("{} is passed on by `compose.node`", quoted(&key)),
            );
            node.insert(key.clone(), value);
            for keys in &mut all {
                keys.passed.shift_remove(&key);
            }
        }
    }
    let mut services = Map::new();
    for (index, mut keys) in all.into_iter().enumerate() {
        for (key, (value, _)) in keys.passed {
            keys.overriding.insert(key, value);
        }
        if keys.overriding.is_empty() {
            continue;
        }
        let name = drafting
            .root
            .get("nodes")
            .and_then(|nodes| nodes.get(index)?.get("name")?.as_str().map(str::to_owned));
        let server = &deployment.servers[index];
        let name = name.unwrap_or_else(|| server.service.clone());
        drafting.carried(
            &server.spot,
            format!(
                "{} of {name} has no key of the cluster file: the override keeps it",
                listed_keys(&keys.overriding)
            ),
        );
        services.insert(name, Value::Object(keys.overriding));
    }
    if !services.is_empty() {
        drafting.draft.overriding = Some(override_file(&services));
    }
    let mut compose = Map::from_iter([(
        "project".to_owned(),
        Value::from(deployment.project.name.clone()),
    )]);
    if deployment.is_generated
        && let Some(prefix) = prefix(drafting)
        && prefix != DEFAULT_PREFIX
    {
        compose.insert("prefix".into(), prefix.into());
    }
    declare(drafting, &mut compose, &node);
    if !node.is_empty() {
        compose.insert("node".into(), node.into());
    }
    drafting.root.insert("compose".into(), compose.into());
}

fn listed_keys(keys: &Map<String, Value>) -> String {
    crate::diagnostic::listed(keys.keys().map(|key| format!("`{key}`")))
}

/// What the names of the services next to the nodes begin with, in a file that this tool wrote.
fn prefix(drafting: &Drafting) -> Option<String> {
    let services = drafting.deployment.project.services();
    let mut steps = services.filter(|(_, part)| part.find(&["environment", "MARKER"]).is_some());
    steps.find_map(|(name, _)| Some(name.strip_suffix("provision")?.to_owned()))
}

fn override_file(services: &Map<String, Value>) -> String {
    let mut lines = vec![
        "# What the cluster file has no key for. Docker Compose merges this file over docker-compose.yaml.".to_owned(),
        "services:".to_owned(),
    ];
    for (name, keys) in services {
        lines.push(format!("  {}:", yaml_string(name)));
        for (key, value) in keys.as_object().into_iter().flatten() {
            lines.push(format!("    {}: {}", yaml_string(key), yaml_flow(value)));
        }
    }
    lines.join("\n") + "\n"
}

fn keys_of(drafting: &mut Drafting, server: &Server) -> Keys {
    let mut keys = Keys::default();
    let service = &server.service;
    for (key, part) in server.part.entries() {
        let value = part.value();
        let spot = &part.spot;
        if SAID_ELSEWHERE.contains(&key) || is_of_every_node(key, &value) || value.is_null() {
            continue;
        }
        match handling(Of::Node, key) {
            Handling::Refused(_) if key == "container_name" => {
                keys.overriding.insert(key.to_owned(), value);
            }
            Handling::Refused(reason) => drafting.left(
                spot,
                format!("{} of {service} is not carried over: {reason}", quoted(key)),
            ),
            _ if key == "tmpfs" => {
                let base = server.base_folder();
                let is_over = |item: &Value| {
                    let target = item.as_str();
                    target.is_some_and(|target| target.starts_with(base.as_str()))
                };
                let mut others: Vec<Value> = part.items().iter().map(Part::value).collect();
                others.retain(|item| !is_over(item));
                if !others.is_empty() {
                    let others = (others.into(), spot.clone());
                    keys.passed.insert(key.to_owned(), others);
                }
            }
            _ if key == "extra_hosts" => {
                let hosts = without_own_host(&value);
                keys.passed.insert(key.to_owned(), (hosts, spot.clone()));
            }
            _ => {
                keys.passed.insert(key.to_owned(), (value, spot.clone()));
            }
        }
    }
    improvements(drafting, server);
    if let Some(volumes) = other_mounts(drafting, server) {
        keys.passed.insert("volumes".into(), volumes);
    }
    if let Some(environment) = other_variables(drafting, server) {
        keys.passed.insert("environment".into(), environment);
    }
    if let Some(deploy) = server.part.get("deploy") {
        let others: Map<String, Value> = deploy
            .entries()
            .filter(|(key, _)| !["resources", "replicas", "mode"].contains(key))
            .map(|(key, part)| (key.to_owned(), part.value()))
            .collect();
        if !others.is_empty() {
            keys.passed
                .insert("deploy".into(), (others.into(), deploy.spot.clone()));
        }
        if let Some(replicas) = deploy
            .get("replicas")
            .filter(|replicas| replicas.value() != 1)
        {
            drafting.left(&replicas.spot, format!("the replicas of {service} are not carried over: each node is an entry of `nodes`"));
        }
    }
    if let Some(ports) = server.part.get("ports") {
        let known: Vec<u16> = server.ports.iter().map(|port| port.container).collect();
        if known.is_empty() && !ports.items().is_empty() {
            drafting.left(
                &ports.spot,
                format!("the ports of {service} are not understood"),
            );
        }
    }
    keys
}

/// What the generated file has of its own in place of what the service has.
fn improvements(drafting: &mut Drafting, server: &Server) {
    let service = &server.service;
    if drafting.deployment.is_generated {
        return;
    }
    for (key, text) in [
        (
            "healthcheck",
            "gets a health check that passes only when the node works",
        ),
        (
            "stop_grace_period",
            "gets as long to stop as the server's own shutdown takes, and 30 s more",
        ),
    ] {
        if let Some(part) = server.part.get(key) {
            drafting.better(&part.spot.clone(), format!("{service} {text}"));
        }
    }
    if let Some(part) = server
        .part
        .get("depends_on")
        .filter(|part| part.entries().next().is_some())
    {
        drafting.left(
            &part.spot.clone(),
            format!("{service} waits for no other service any more: a node needs none to start"),
        );
    }
}

/// The hosts besides the one that every node knows.
fn without_own_host(value: &Value) -> Value {
    let is_own = |item: &Value| {
        item.as_str()
            .is_some_and(|item| item.replace('=', ":") == "host.docker.internal:host-gateway")
    };
    match value {
        Value::Array(items) => items.iter().filter(|item| !is_own(item)).cloned().collect(),
        other => other.clone(),
    }
}

/// Mounts besides that of the data.
fn other_mounts(drafting: &mut Drafting, server: &Server) -> Option<(Value, Spot)> {
    let volumes = server.part.get("volumes")?;
    let base = server.base_folder();
    let mut mounts = Vec::new();
    for entry in volumes.items() {
        let Some(mount) = Mount::of(entry) else {
            continue;
        };
        let is_of_data = mount.target == base
            || matches!(&server.data, Data::Beside(target, _) if *target == mount.target);
        let is_configuration = server.configuration.as_deref() == Some(mount.target.as_str());
        if is_of_data || is_configuration {
            continue;
        }
        let value = match (entry.text(), &mount.source) {
            (Some(text), Some(source)) if is_path(source) => {
                let rest = text.strip_prefix(source.as_str()).unwrap_or_default();
                Value::from(format!("{}{rest}", drafting.seen_from_output(source)))
            }
            (Some(text), _) => text.into(),
            (None, source) => {
                let mut value = entry.value();
                if let (Some(source), Some(of)) = (
                    source.as_deref().filter(|source| is_path(source)),
                    value.get_mut("source"),
                ) {
                    *of = drafting.seen_from_output(source).into();
                }
                value
            }
        };
        mounts.push(value);
    }
    (!mounts.is_empty()).then(|| (Value::Array(mounts), volumes.spot.clone()))
}

/// Variables that are not settings of the server.
fn other_variables(drafting: &mut Drafting, server: &Server) -> Option<(Value, Spot)> {
    let secrets = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ALLOW_HTTP",
    ];
    // Those that every generated node has.
    let own = [
        "TZ",
        "RESTATECTL_ADDRESS",
        "RESTATECTL_TLS_CA",
        "CURL_CA_BUNDLE",
    ];
    let mut passed = Map::new();
    let mut at = None;
    for (name, (value, spot)) in &server.environment {
        if name.starts_with("RESTATE_") {
            // What is set to nothing says nothing; anything else is told by the rules.
            continue;
        }
        if secrets.contains(&name.as_str()) || own.contains(&name.as_str()) {
            if name == "TZ" && !drafting.deployment.is_generated {
                drafting.left(spot, "`TZ` belongs into `.env`, for all services");
            }
            continue;
        }
        // Compose expands `$` in what is passed on.
        let value = value
            .as_ref()
            .map_or(Value::Null, |value| value.replace('$', "$$").into());
        passed.insert(name.clone(), value);
        at.get_or_insert(spot.clone());
    }
    Some((Value::Object(passed), at?))
}

/// Declares the volumes, networks, secrets and configs that what is passed on names.
fn declare(drafting: &mut Drafting, compose: &mut Map<String, Value>, node: &Map<String, Value>) {
    let project = &drafting.deployment.project;
    let names = |key: &str| -> Vec<String> {
        match node.get(key) {
            Some(Value::Object(entries)) => entries.keys().cloned().collect(),
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| {
                    Some(
                        item.as_str()
                            .or_else(|| item.get("source")?.as_str())?
                            .to_owned(),
                    )
                })
                .collect(),
            _ => Vec::new(),
        }
    };
    let mut declared: Vec<(&str, Map<String, Value>)> = Vec::new();
    let volumes = names("volumes").into_iter().filter_map(|mount| {
        let key = mount.split(':').next()?.to_owned();
        let name = project.volume_name(&key)?;
        Some((key, json!({"name": name, "external": true})))
    });
    declared.push(("volumes", volumes.collect()));
    let networks = names("networks")
        .into_iter()
        .filter(|name| name != "default")
        .map(|name| {
            let declared = project.root.find(&["networks", &name]);
            let own = declared.and_then(|network| network.get("name")?.text());
            let is_external = declared
                .and_then(|network| network.get("external"))
                .is_some();
            let real = own.unwrap_or_else(|| match is_external {
                true => name.clone(),
                false => format!("{}_{name}", project.name),
            });
            (name, json!({"name": real, "external": true}))
        });
    declared.push(("networks", networks.collect()));
    for section in ["secrets", "configs"] {
        let entries = names(section).into_iter().filter_map(|name| {
            let part: &Part = project.root.find(&[section, &name])?;
            let mut value = part.value();
            if let Some(file) = value
                .get("file")
                .and_then(Value::as_str)
                .map(|file| drafting.seen_from_output(file))
            {
                value["file"] = file.into();
            }
            Some((name, value))
        });
        declared.push((section, entries.collect()));
    }
    for (section, entries) in declared {
        if !entries.is_empty() {
            compose.insert(section.into(), entries.into());
        }
    }
}
