//! Which variables of `.env` there are, and what each stands for. Neither the Compose file nor `.env` is written here.
//!
//! The names are those of the templates that people come from.

use crate::facts::environment_variable;
use crate::model::PortName;
pub use crate::server::credentials::{SecretKey, all_keys, bundled_keys, nodes_keys};
use crate::topology::{Node, ObjectStore};

/// Settings of all nodes that `.env` overrides, by their own variables.
const OVERRIDABLE: &[&str] = &[
    "cluster-name",
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
/// The tag of the image of MinIO's client.
pub const CLIENT_VERSION: &str = "MINIO_CLIENT_VERSION";

/// The variable of `.env` that overrides a host port.
pub fn port_variable(node: &Node, name: PortName) -> String {
    let kind = match name {
        PortName::Ingress => "INGRESS",
        PortName::Admin => "ADMIN",
        PortName::Fabric => "NODE",
    };
    format!("NODE{}_{kind}_PORT_OVERRIDE", node.id)
}
