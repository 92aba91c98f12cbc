//! Which variables of `.env` there are, and what each stands for. Neither the Compose file nor `.env` is written here.
//!
//! The names are those of the templates that people come from.

use crate::model::PortName;
pub use crate::server::credentials::{SecretKey, all_keys, bundled_keys, nodes_keys};
use crate::topology::Node;

/// Variables of `.env` that override a setting on all nodes.
pub const OVERRIDABLE: &[(&str, &str)] = &[
    ("cluster-name", "RESTATE_CLUSTER_NAME"),
    ("log-filter", "RESTATE_LOG_FILTER"),
    (
        "metadata-client.addresses",
        "RESTATE_METADATA_CLIENT__ADDRESSES",
    ),
    (
        "worker.snapshots.destination",
        "RESTATE_WORKER__SNAPSHOTS__DESTINATION",
    ),
    (
        "worker.snapshots.snapshot-interval",
        "RESTATE_WORKER__SNAPSHOTS__SNAPSHOT_INTERVAL",
    ),
    (
        "worker.snapshots.snapshot-interval-num-records",
        "RESTATE_WORKER__SNAPSHOTS__SNAPSHOT_INTERVAL_NUM_RECORDS",
    ),
    (
        "worker.snapshots.aws-region",
        "RESTATE_WORKER__SNAPSHOTS__AWS_REGION",
    ),
    (
        "worker.snapshots.aws-endpoint-url",
        "RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL",
    ),
    (
        "worker.snapshots.aws-allow-http",
        "RESTATE_WORKER__SNAPSHOTS__AWS_ALLOW_HTTP",
    ),
];
/// Those of them that are passed on when the user sets them, and otherwise left to the server.
pub const PASSED_ON: &[&str] = &[
    "RESTATE_LOG_FILTER",
    "RESTATE_WORKER__SNAPSHOTS__SNAPSHOT_INTERVAL_NUM_RECORDS",
];

/// The variable of `.env` that sets the CPU limit of every container that has one. To Compose 0 is no limit (run: 2.26).
pub const CPUS: &str = "RESTATE_CPUS";

/// The variable of `.env` that overrides a host port.
pub fn port_variable(node: &Node, name: PortName) -> String {
    let kind = match name {
        PortName::Ingress => "INGRESS",
        PortName::Admin => "ADMIN",
        PortName::Fabric => "NODE",
    };
    format!("NODE{}_{kind}_PORT_OVERRIDE", node.id)
}
