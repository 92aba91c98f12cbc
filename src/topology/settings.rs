//! The configuration of each server, by Restate's own keys.
//!
//! Targets choose addresses and notation (environment, TOML); which settings there are, and what
//! they say, is decided here once for all targets.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Node, Topology};
use crate::facts::server_duration;
use crate::model::Role;

/// What the server's shutdown takes at most when no setting says otherwise. Source: dump 1.5.3 to 1.7.12, `shutdown-timeout`.
const SHUTDOWN_SECONDS: u64 = 60;

/// One setting and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// What the newest release calls it, dotted: `worker.snapshots.destination`. Code knows a setting by this.
    pub path: Cow<'static, str>,
    /// What the cluster's release calls it. Files say this.
    pub key: Cow<'static, str>,
    /// Its value.
    pub value: Value,
}

impl Assignment {
    /// That setting with that value, under the newest release's key.
    pub fn new(path: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let path = path.into();
        Self {
            key: path.clone(),
            path,
            value: value.into(),
        }
    }
}

/// How the node is reached, which each target knows in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// URL by which all other nodes reach its fabric port.
    pub advertised: String,
    /// URL by which users reach its ingress.
    pub ingress: String,
    /// URL by which users reach its admin API.
    pub admin: String,
    /// Fabric URLs of all metadata servers, the same on all nodes.
    pub metadata_servers: Vec<String>,
    /// Address that the server listens on.
    pub bind_ip: &'static str,
    /// Folder of the data volume.
    pub base_dir: &'static str,
}

/// Settings that the file cannot set under `settings`, because they follow from the rest of it.
pub const OWNED: &[(&str, &str)] = &[
    ("node-name", "nodes[].name"),
    ("force-node-id", "nodes[].id"),
    ("cluster-name", "name"),
    ("roles", "nodes[].roles"),
    ("location", "nodes[].location"),
    (
        "auto-provision",
        "nothing: the provisioning step does it once, under a guard",
    ),
    ("base-dir", "nothing: it is where the volume is mounted"),
    ("bind-ip", "nothing: the port mappings rely on it"),
    ("bind-port", "nothing: the port mappings rely on it"),
    ("bind-address", "nothing: the port mappings rely on it"),
    (
        "advertised-address",
        "nothing: it follows from the node's name",
    ),
    ("metadata-client.addresses", "metadata_servers"),
    ("default-num-partitions", "partitions"),
    ("default-replication", "replication"),
    ("worker.snapshots.destination", "snapshots.destination"),
    ("disable-telemetry", "telemetry"),
    ("ingress.bind-ip", "nothing: the port mappings rely on it"),
    ("ingress.bind-port", "nothing: the port mappings rely on it"),
    (
        "ingress.bind-address",
        "nothing: the port mappings rely on it",
    ),
    ("admin.bind-ip", "nothing: the port mappings rely on it"),
    ("admin.bind-port", "nothing: the port mappings rely on it"),
    (
        "admin.bind-address",
        "nothing: the port mappings rely on it",
    ),
    ("listen-mode", "nothing: the port mappings rely on it"),
    ("use-random-ports", "nothing: the port mappings rely on it"),
    (
        "metadata-client.type",
        "nothing: the metadata quorum is that of the nodes",
    ),
    (
        "bifrost.default-provider",
        "nothing: any other keeps the log on one node",
    ),
    ("worker.snapshots.snapshot-interval", "snapshots.interval"),
    (
        "worker.snapshots.snapshot-interval-num-records",
        "snapshots.interval_records",
    ),
    ("worker.snapshots.num-retained", "snapshots.retained"),
    (
        "worker.snapshots.experimental-num-retained",
        "snapshots.retained",
    ),
    ("worker.snapshots.aws-region", "object_store.region"),
    ("worker.snapshots.aws-endpoint-url", "object_store.endpoint"),
    ("worker.snapshots.aws-allow-http", "object_store.allow_http"),
    (
        "worker.snapshots.aws-access-key-id",
        "nothing: credentials are variables of .env",
    ),
    (
        "worker.snapshots.aws-secret-access-key",
        "nothing: credentials are variables of .env",
    ),
    (
        "worker.snapshots.aws-session-token",
        "nothing: credentials are variables of .env",
    ),
];

/// The row of the settings that the generator owns, when it owns the one at a path or a table above it.
pub fn owner(path: &str) -> Option<&'static (&'static str, &'static str)> {
    OWNED.iter().find(|(owned, _)| {
        path.strip_prefix(owned)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The whole configuration of a node in the spelling of its release, in a fixed order: identity, addresses, memory, snapshots,
/// then what the user sets.
pub fn server_settings(topology: &Topology, node: &Node, addresses: Addresses) -> Vec<Assignment> {
    let Addresses {
        advertised,
        ingress,
        admin,
        metadata_servers,
        bind_ip,
        base_dir,
    } = addresses;
    let roles: Vec<Value> = node.roles.iter().map(|role| role.name().into()).collect();

    let mut settings = vec![
        Assignment::new("cluster-name", topology.cluster_name.clone()),
        Assignment::new("node-name", node.name.clone()),
        Assignment::new("force-node-id", node.id.0),
        Assignment::new("roles", roles),
    ];
    if !node.location.is_empty() {
        settings.push(Assignment::new("location", node.location.clone()));
    }
    // Never true, not even on the first node: one that lost its disk would found a second cluster.
    settings.push(Assignment::new("auto-provision", false));
    settings.push(Assignment::new("base-dir", base_dir));
    settings.push(Assignment::new("bind-ip", bind_ip));
    settings.push(Assignment::new("advertised-address", advertised));
    settings.push(Assignment::new(
        "metadata-client.addresses",
        metadata_servers,
    ));
    if node.has(Role::HttpIngress) {
        settings.push(Assignment::new("ingress.advertised-address", ingress));
    }
    if node.has(Role::Admin) {
        settings.push(Assignment::new("admin.advertised-address", admin));
    }
    for pool in &node.memory_pools {
        settings.extend(
            pool.setting
                .map(|setting| Assignment::new(setting, pool.size.to_string())),
        );
    }
    if let Some(snapshots) = &topology.snapshots {
        settings.push(Assignment::new(
            "worker.snapshots.destination",
            snapshots.destination.clone(),
        ));
        settings.extend(snapshots.interval.map(|interval| {
            Assignment::new("worker.snapshots.snapshot-interval", interval.to_string())
        }));
        settings.extend(snapshots.interval_records.map(|records| {
            Assignment::new("worker.snapshots.snapshot-interval-num-records", records)
        }));
        settings.extend(
            snapshots
                .retained
                .map(|retained| Assignment::new("worker.snapshots.num-retained", retained)),
        );
        settings.extend(topology.object_store.settings());
    }
    if !topology.telemetry {
        settings.push(Assignment::new("disable-telemetry", true));
    }

    // A setting that this release knows under another key is written so; one that it does not have is left out.
    settings.retain_mut(|setting| {
        let key = topology.release.spelling(&setting.path);
        setting.key = key.unwrap_or_default().into();
        key.is_some()
    });
    for own in flattened(&node.settings) {
        settings.retain(|setting| setting.key != own.key);
        settings.push(own);
    }
    settings
}

/// What the server's own shutdown takes at most, in seconds: it must not be killed before.
pub fn shutdown_seconds(settings: &[Assignment]) -> u64 {
    let own = settings
        .iter()
        .find(|setting| setting.path == "shutdown-timeout");
    let timeout = own.and_then(|setting| server_duration(setting.value.as_str()?));
    // Rounded up: a wait that is cut short is no wait.
    timeout.map_or(SHUTDOWN_SECONDS, |timeout| {
        timeout.as_millis().div_ceil(1000) as u64
    })
}

/// The cluster's settings with the node's over them, table by table.
pub fn merged(
    cluster: &Map<String, Value>,
    node: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    let mut merged = cluster.clone();
    for (key, value) in node.into_iter().flatten() {
        match (merged.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(over)) => {
                *below = self::merged(below, Some(over));
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}

/// The leaves of nested tables, each under its dotted path. A key that is dotted already is taken as written.
pub fn flattened(settings: &Map<String, Value>) -> Vec<Assignment> {
    settings
        .iter()
        .flat_map(|(key, value)| match value {
            Value::Object(table) => flattened(table)
                .into_iter()
                .map(|inner| Assignment::new(format!("{key}.{}", inner.path), inner.value))
                .collect(),
            leaf => vec![Assignment::new(key.clone(), leaf.clone())],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nodes_settings_lie_over_the_clusters() {
        let map = |value: Value| value.as_object().cloned().expect("a table");
        let cluster = map(
            json!({"worker": {"invoker": {"memory-limit": "1GiB"}, "cleanup-interval": "1h"}, "log-filter": "info"}),
        );
        let node = map(json!({"worker": {"invoker": {"memory-limit": "2GiB"}}}));
        let merged: Vec<(Cow<str>, Value)> = flattened(&merged(&cluster, Some(&node)))
            .into_iter()
            .map(|setting| (setting.path, setting.value))
            .collect();
        assert_eq!(
            merged,
            [
                ("worker.invoker.memory-limit".into(), json!("2GiB")),
                ("worker.cleanup-interval".into(), json!("1h")),
                ("log-filter".into(), json!("info")),
            ]
        );
    }
}
