//! The ports a node listens on and the paths that tell how it is: each of them once, here. Who asks, and what follows
//! from an answer, is not known here.

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
/// On [`FABRIC_PORT`]: answers 200 with a JSON object from the start, also before provisioning. Its `nodes_config_version` is 0 exactly
/// while the node knows of no provisioned cluster (run: 1.5.3, 1.6.2 and 1.7.12).
pub const FABRIC_HEALTH_PATH: &str = "/health";
/// On [`METRICS_PORT`]: Prometheus text, also before provisioning.
pub const METRICS_PATH: &str = "/metrics";
/// The metrics are served by the fabric port: 9070 has none.
pub const METRICS_PORT: u16 = FABRIC_PORT;

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
