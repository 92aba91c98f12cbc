//! What only the Compose output has, decided.

use serde_json::{Map, Value};

use crate::model;

/// What the names of the services next to the nodes begin with when the file says nothing.
pub const DEFAULT_PREFIX: &str = "restate-";

/// What only the Compose output has, with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Compose {
    /// Compose project name.
    pub project: String,
    /// What the names of the services and volumes next to the nodes begin with; may be empty.
    pub prefix: String,
    /// Keys of a Compose service for each node's.
    pub node: Map<String, Value>,
    /// Keys of a Compose service for the bundled store's.
    pub store: Map<String, Value>,
    /// What the file declares next to its services.
    pub networks: Map<String, Value>,
    /// As `networks`.
    pub volumes: Map<String, Value>,
    /// As `networks`.
    pub secrets: Map<String, Value>,
    /// As `networks`.
    pub configs: Map<String, Value>,
}

/// What the file says, with its defaults.
pub fn resolve(
    compose: Option<&model::Compose>,
    default_project: impl FnOnce() -> String,
) -> Compose {
    // Destructured, so that a new key of the file cannot be forgotten here.
    let model::Compose {
        project,
        prefix,
        node,
        store,
        networks,
        volumes,
        secrets,
        configs,
    } = compose.cloned().unwrap_or_default();
    Compose {
        project: project.unwrap_or_else(default_project),
        prefix: prefix.unwrap_or_else(|| DEFAULT_PREFIX.into()),
        node,
        store,
        networks,
        volumes,
        secrets,
        configs,
    }
}

/// What becomes of a key that the file has for a service which has it already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// The service has no such key of its own.
    Passed,
    /// What the file says is added to what the service has.
    Added,
    /// What the file says replaces what the service has.
    Replacing,
    /// The key follows from the rest of the file; the reason.
    Refused(&'static str),
}

/// Of which service the keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Each node's.
    Node,
    /// The bundled store's.
    Store,
}

/// What becomes of each key of a Compose service: the one table of it. A key that is not in it is passed.
pub fn handling(of: Of, key: &str) -> Handling {
    use Handling::{Added, Refused, Replacing};
    let of_node = of == Of::Node;
    match key {
        "cap_add" | "environment" | "ports" | "volumes" | "tmpfs" | "networks" | "extra_hosts"
        | "deploy" => Added,
        "secrets" if of_node => Added,
        "restart" | "read_only" | "cap_drop" | "security_opt" | "logging" => Replacing,
        "image" | "build" if of_node => Refused("`image` and `version` decide which image runs"),
        "image" | "build" => Refused("`object_store` decides which store runs"),
        "container_name" if of_node => Refused("several containers cannot have the same name"),
        "mac_address" if of_node => Refused("several containers cannot have the same address"),
        "hostname" if of_node => Refused("the nodes reach each other by `nodes[].name`"),
        "hostname" => Refused("the nodes reach the store by the name of its service"),
        "command" | "entrypoint" => {
            Refused("what runs follows from the rest of the file; see `settings`")
        }
        "healthcheck" => Refused("the provisioning step and the scripts rely on the generated one"),
        "stop_grace_period" | "stop_signal" if of_node => Refused(
            "it follows from `settings: {shutdown-timeout: ...}`, because a server that is killed too early repeats its work",
        ),
        "network_mode" => {
            Refused("the nodes and the store reach each other in the default network")
        }
        "scale" if of_node => Refused("`nodes` decides how many there are"),
        "scale" => Refused("two stores would write to one volume"),
        "provider" => Refused("it replaces the container"),
        "cpus" | "mem_limit" | "mem_reservation" if of_node => {
            Refused("`resources` decides it, and the server's memory pools are derived from that")
        }
        "cpus" | "mem_limit" | "mem_reservation" => Refused("the service has limits already"),
        _ => Handling::Passed,
    }
}

/// The texts of a list, of a mapping's keys, or of one text: how Compose writes networks, dependencies and folders in memory.
pub fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Object(entries) => entries.keys().map(String::as_str).collect(),
        Value::String(text) => vec![text],
        _ => Vec::new(),
    }
}

/// Variables in either form, each with its text; one without is taken from where Compose runs.
pub fn variables(value: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        _ => names(value)
            .into_iter()
            .map(|entry| match entry.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (entry.to_owned(), None),
            })
            .collect(),
    }
}

/// Something that is mounted into a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount<'v> {
    /// The named volume, where it is one.
    pub volume: Option<&'v str>,
    /// Where in the container, without a `/` at its end.
    pub target: &'v str,
}

/// What an entry of `volumes` or `tmpfs` mounts; none if that is unclear.
pub fn mount(entry: &Value) -> Option<Mount<'_>> {
    let (source, target) = match entry {
        Value::String(text) if text.contains("${") => return None,
        Value::String(text) => match text.split_once(':') {
            // A folder in memory with its options.
            Some((target, _))
                if target.starts_with('/') && !text[target.len() + 1..].starts_with(['/', '.']) =>
            {
                (None, target)
            }
            Some((source, rest)) => (Some(source), rest.split(':').next().unwrap_or(rest)),
            None => (None, text.as_str()),
        },
        Value::Object(entry) => {
            let kind = entry.get("type").and_then(Value::as_str);
            let source = entry.get("source").and_then(Value::as_str);
            (
                source.filter(|_| kind == Some("volume")),
                entry.get("target")?.as_str()?,
            )
        }
        _ => return None,
    };
    let is_name = |source: &&str| source.starts_with(|c: char| c.is_ascii_alphanumeric());
    Some(Mount {
        volume: source.filter(is_name),
        target: target.trim_end_matches('/'),
    })
}
