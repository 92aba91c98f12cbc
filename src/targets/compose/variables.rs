//! Which variables of `.env` there are, and what each stands for. Neither the Compose file nor `.env` is written here.
//!
//! The names are those of the templates that people come from.

use crate::facts::environment_variable;
use crate::model::PortName;
pub use crate::server::credentials::{SecretKey, all_keys, bundled_keys, nodes_keys};
use crate::topology::{Image, Node, ObjectStore, Topology};

/// Settings of all nodes that `.env` overrides, by their own variables.
const OVERRIDABLE: &[&str] = &[
    "log-filter",
    "metadata-client.addresses",
    "worker.snapshots.destination",
    "worker.snapshots.snapshot-interval",
    "worker.snapshots.snapshot-interval-num-records",
    "worker.snapshots.aws-region",
    "worker.snapshots.aws-endpoint-url",
    "worker.snapshots.aws-allow-http",
];
/// The variables of those that are passed on when the user sets them, and otherwise left to the server.
pub const PASSED_ON: &[&str] = &[
    "RESTATE_LOG_FILTER",
    "RESTATE_WORKER__SNAPSHOTS__SNAPSHOT_INTERVAL_NUM_RECORDS",
];

/// The variable of `.env` that overrides the setting with that path, where there is one.
pub fn overriding(path: &str) -> Option<String> {
    OVERRIDABLE
        .contains(&path)
        .then(|| environment_variable(path))
}

/// The variable of `.env` that sets the CPU limit of every container that has one. Compose sets no limit for 0 (run: 2.26).
pub const CPUS: &str = "RESTATE_CPUS";

/// The variables of `.env` that override what the file says of a bundled store.
pub struct StoreVariables {
    /// The tag of its image.
    pub version: &'static str,
    /// The host port of its S3 API.
    pub api_port: &'static str,
    /// The host port of its console.
    pub console_port: &'static str,
}

/// Those of the store, where it is a bundled one.
pub fn store_variables(store: &ObjectStore) -> Option<StoreVariables> {
    match store {
        ObjectStore::Minio(_) => Some(StoreVariables {
            version: "MINIO_VERSION",
            api_port: "MINIO_API_PORT_OVERRIDE",
            console_port: "MINIO_CONSOLE_PORT_OVERRIDE",
        }),
        ObjectStore::Seaweedfs(_) => Some(StoreVariables {
            version: "SEAWEEDFS_VERSION",
            api_port: "SEAWEEDFS_API_PORT_OVERRIDE",
            console_port: "SEAWEEDFS_CONSOLE_PORT_OVERRIDE",
        }),
        _ => None,
    }
}
/// The tag of the server's image.
pub const SERVER_VERSION: &str = "RESTATE_VERSION";
/// The project, which Compose reads before the name in the file.
pub const PROJECT: &str = "COMPOSE_PROJECT_NAME";
/// The tag of the image of MinIO's client.
pub const CLIENT_VERSION: &str = "MINIO_CLIENT_VERSION";

/// What a variable of `.env` says of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// What the key of the cluster file at that dotted path says, which is text.
    Text(&'static str),
    /// What the key of the cluster file at that dotted path says, which may be a number or a boolean.
    Value(&'static str),
    /// The host port of the node with that id, or of the bundled store, by the name that the cluster file gives it; and
    /// its number where no variable sets it.
    HostPort(Option<u32>, &'static str, u16),
    /// Something for the host that has the form of the key of the cluster file at that dotted path.
    Like(&'static str),
    /// The tag of an image, which has the form of the key of the cluster file at that dotted path.
    Tag(&'static str),
    /// The server's setting at that dotted path, which no key of the cluster file says.
    Setting(&'static str),
}

/// What the variable says, where it is one that Compose or its file reads and that is not free text.
pub fn meaning(topology: &Topology, name: &str) -> Option<Meaning> {
    let store = &topology.object_store;
    match name {
        SERVER_VERSION if topology.image.digest.is_none() => return Some(Meaning::Text("version")),
        PROJECT => return Some(Meaning::Text("compose.project")),
        CPUS if topology.limits_cpus => return Some(Meaning::Like("resources.cpus")),
        _ => {}
    }
    if let (Some((.., bundled)), Some(variables)) = (store.bundled(), store_variables(store)) {
        let has_tag = |image: &Image| image.digest.is_none();
        match name {
            _ if name == variables.api_port => {
                return Some(Meaning::HostPort(None, "api", bundled.api_port));
            }
            _ if name == variables.console_port => {
                return Some(Meaning::HostPort(None, "console", bundled.console_port));
            }
            _ if name == variables.version && has_tag(&bundled.image) => {
                return Some(Meaning::Tag("object_store.version"));
            }
            CLIENT_VERSION if bundled.client.as_ref().is_some_and(has_tag) => {
                return Some(Meaning::Tag("object_store.client.version"));
            }
            _ => {}
        }
    }
    let has_setting = |path: &&str| environment_variable(path) == name;
    if let Some(path) = OVERRIDABLE.iter().copied().find(|path| has_setting(path)) {
        return setting(topology, path);
    }
    topology.nodes.iter().find_map(|node| {
        if name == advertised_variable(node) {
            return Some(Meaning::Setting("advertised-address"));
        }
        let mut ports = topology.published_ports(node);
        let port = ports.find(|port| port_variable(node, port.name) == name)?;
        let number = node.host_ports.port(port.name);
        Some(Meaning::HostPort(Some(node.id.0), port.name.name(), number))
    })
}

/// What a variable says that overrides a setting of all nodes.
fn setting(topology: &Topology, path: &'static str) -> Option<Meaning> {
    let is_s3 = matches!(topology.object_store, ObjectStore::S3 { .. });
    match path {
        "log-filter" | "metadata-client.addresses" => Some(Meaning::Setting(path)),
        _ if topology.snapshots.is_none() => None,
        "worker.snapshots.destination" => Some(Meaning::Text("snapshots.destination")),
        "worker.snapshots.snapshot-interval" => Some(Meaning::Text("snapshots.interval")),
        "worker.snapshots.snapshot-interval-num-records" => {
            Some(Meaning::Value("snapshots.interval_records"))
        }
        "worker.snapshots.aws-region" if is_s3 => Some(Meaning::Text("object_store.region")),
        "worker.snapshots.aws-endpoint-url" if is_s3 => {
            Some(Meaning::Text("object_store.endpoint"))
        }
        "worker.snapshots.aws-allow-http" if is_s3 => {
            Some(Meaning::Value("object_store.allow_http"))
        }
        "worker.snapshots.aws-endpoint-url" | "worker.snapshots.aws-allow-http" => {
            Some(Meaning::Setting(path))
        }
        _ => None,
    }
}

/// The variables of `.env` that must be set and that nobody but the user knows.
pub fn keys_to_fill(topology: &Topology) -> impl Iterator<Item = &'static str> {
    let keys = all_keys(&topology.object_store);
    keys.filter(|key| key.default.is_none() && !key.is_made)
        .map(|key| key.name)
}

/// The variable of `.env` that overrides where a node is found.
pub fn advertised_variable(node: &Node) -> String {
    format!("RESTATE_NODE{}_ADVERTISED_ADDRESS", node.id)
}

/// The variable of `.env` that overrides a host port.
pub fn port_variable(node: &Node, name: PortName) -> String {
    let kind = match name {
        PortName::Ingress => "INGRESS",
        PortName::Admin => "ADMIN",
        PortName::Fabric => "NODE",
    };
    format!("NODE{}_{kind}_PORT_OVERRIDE", node.id)
}
