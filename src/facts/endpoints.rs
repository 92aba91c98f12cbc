//! The ports a node listens on and the paths that tell how it is: each of them once, here. Who asks, and what follows
//! from an answer, is not known here.

use super::releases::Release;
use super::table::Span;

/// The port on which the `http-ingress` role takes requests by default.
pub const INGRESS_PORT: u16 = 8080;
/// The port on which the `admin` role serves its API and the web UI by default.
pub const ADMIN_PORT: u16 = 9070;
/// The port on which every node talks to its peers and to `restatectl` by default.
pub const FABRIC_PORT: u16 = 5122;

/// On [`INGRESS_PORT`]: answers 200 once the node is part of a provisioned cluster. Before that a server from 1.6 on
/// accepts the connection and does not answer, and 1.5.3 refuses it.
pub const INGRESS_HEALTH_PATH: &str = "/restate/health";
/// On [`ADMIN_PORT`]: as [`INGRESS_HEALTH_PATH`].
pub const ADMIN_HEALTH_PATH: &str = "/health";
/// On [`FABRIC_PORT`]: answers 200 with a JSON object from the start, also before provisioning. See [`HealthField`].
pub const FABRIC_HEALTH_PATH: &str = "/health";
/// On [`METRICS_PORT`]: Prometheus text, also before provisioning.
pub const METRICS_PATH: &str = "/metrics";
/// The metrics are served by the fabric port: 9070 has none.
pub const METRICS_PORT: u16 = FABRIC_PORT;

/// The roles a node can have, in the order of the default of `roles`. All of them are the default.
pub const ROLES: [&str; 5] = [
    "http-ingress",
    "admin",
    "worker",
    "log-server",
    "metadata-server",
];

/// What `metadata_server_status` says on a node of a cluster that nobody has provisioned.
pub const AWAITING_PROVISIONING: &str = "AwaitingProvisioning";

/// How to ask whether a node is ready. Always with a time limit: an unprovisioned server may never answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Probe {
    /// The role the node must have for this probe to work; `None` when any node answers.
    pub role: Option<&'static str>,
    /// The container port.
    pub port: u16,
    /// The path of a GET request that must answer 200.
    pub path: &'static str,
    /// What the body must contain besides, because 200 alone says nothing.
    pub body_contains: Option<&'static str>,
    /// Where this is known from.
    pub source: &'static str,
}

/// How to ask whether a node is ready, best first: take the first whose role the node has.
pub static READINESS_PROBES: &[Probe] = &[
    Probe {
        role: Some("http-ingress"),
        port: INGRESS_PORT,
        path: INGRESS_HEALTH_PATH,
        body_contains: None,
        source: "run: 1.5.3, 1.6.2 and 1.7.12 answer 200 only when provisioned",
    },
    Probe {
        role: Some("admin"),
        port: ADMIN_PORT,
        path: ADMIN_HEALTH_PATH,
        body_contains: None,
        source: "run: 1.5.3, 1.6.2 and 1.7.12 answer 200 only when provisioned",
    },
    Probe {
        role: None,
        port: FABRIC_PORT,
        path: FABRIC_HEALTH_PATH,
        body_contains: Some("\"status\":\"Alive\""),
        source: "run: 1.5.3, 1.6.2 and 1.7.12 say StartingUp before provisioning and Alive after it",
    },
];

/// A field of the JSON object at [`FABRIC_HEALTH_PATH`].
#[derive(Debug, PartialEq, Eq)]
pub struct HealthField {
    /// The key in the JSON object.
    pub name: &'static str,
    /// Its value as JSON, before the cluster is provisioned; `...` where it depends on the configuration or the time.
    pub unprovisioned: &'static str,
    /// Its value as JSON, as seen on a healthy node of a provisioned cluster; versions and ids differ.
    pub provisioned: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

const SINCE_1_5: &str = "run: 1.5.3, 1.6.2 and 1.7.12, one node with all roles";
const SINCE_1_6: &str = "run: 1.6.2 and 1.7.12, one node with all roles; 1.5.3 has no such field";

const fn field(
    name: &'static str,
    unprovisioned: &'static str,
    provisioned: &'static str,
    (span, source): (Span, &'static str),
) -> HealthField {
    HealthField {
        name,
        unprovisioned,
        provisioned,
        span,
        source,
    }
}

static HEALTH_FIELDS: [HealthField; 15] = {
    let old = (Span::from("1.5.3"), SINCE_1_5);
    let new = (Span::from("1.6.0"), SINCE_1_6);
    [
        field("status", "\"StartingUp\"", "\"Alive\"", old),
        field("node_id", "null", "\"N1:2\"", old),
        field("cluster_name", "...", "...", old),
        field("roles", "...", "...", old),
        field("age", "...", "...", old),
        field("admin_status", "\"StartingUp\"", "\"Ready\"", old),
        field("worker_status", "\"StartingUp\"", "\"Ready\"", old),
        field("log_server_status", "\"StartingUp\"", "\"Ready\"", old),
        field(
            "metadata_server_status",
            "\"AwaitingProvisioning\"",
            "\"Member\"",
            old,
        ),
        field("nodes_config_version", "0", "4", old),
        field("logs_version", "0", "3", old),
        field("schema_version", "0", "0", old),
        field("partition_table_version", "0", "1", old),
        field("bound_addresses", "...", "...", new),
        field("advertised_addresses", "...", "...", new),
    ]
};

impl Release {
    /// The fields of the JSON object at [`FABRIC_HEALTH_PATH`], in the order in which the server prints them.
    ///
    /// A guard can rely on `nodes_config_version`: 0 exactly while the node knows of no provisioned cluster.
    pub fn health_fields(&self) -> impl Iterator<Item = &'static HealthField> {
        HEALTH_FIELDS.iter().filter(|field| self.is_in(field.span))
    }
}
