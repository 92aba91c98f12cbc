//! Which settings of the server follow from the rest of the cluster file, and where each of them is set instead.

use std::sync::LazyLock;

use super::keys::settings;
use crate::model::ServerKeys;

/// Where a setting that `settings` cannot hold comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// From a key of the cluster file.
    Key(&'static str),
    /// From nothing that a file says, for this reason.
    Nowhere(&'static str),
}

/// A setting that the generator owns, or a table of such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// Its path.
    pub path: &'static str,
    /// Where it comes from.
    pub home: Home,
}

const fn key(path: &'static str, key: &'static str) -> Owned {
    Owned {
        path,
        home: Home::Key(key),
    }
}

const fn nowhere(path: &'static str, reason: &'static str) -> Owned {
    Owned {
        path,
        home: Home::Nowhere(reason),
    }
}

const PORTS: &str = "the port mappings rely on it";
const HOSTS: &str = "the advertised addresses name the host";
const QUORUM: &str = "the nodes themselves are the metadata quorum";
const CREDENTIALS: &str = "credentials go into .env as variables";

const ROWS: &[Owned] = &[
    key("node-name", "nodes[].name"),
    key("force-node-id", "nodes[].id"),
    key("cluster-name", "name"),
    key("roles", "nodes[].roles"),
    key("location", "nodes[].location"),
    nowhere(
        "auto-provision",
        "only the provisioning step may do it, once",
    ),
    nowhere("base-dir", "it is where the volume is mounted"),
    nowhere("bind-ip", PORTS),
    nowhere("bind-port", PORTS),
    nowhere("bind-address", PORTS),
    nowhere("advertised-address", "it follows from the node's name"),
    nowhere("advertised-host", HOSTS),
    nowhere("ingress.advertised-host", HOSTS),
    nowhere("admin.advertised-host", HOSTS),
    key("metadata-client.addresses", "metadata_servers"),
    key("tls", "tls"),
    key("default-num-partitions", "partitions"),
    key("default-replication", "replication"),
    key("worker.snapshots.destination", "snapshots.destination"),
    nowhere("ingress.bind-ip", PORTS),
    nowhere("ingress.bind-port", PORTS),
    nowhere("ingress.bind-address", PORTS),
    nowhere("admin.bind-ip", PORTS),
    nowhere("admin.bind-port", PORTS),
    nowhere("admin.bind-address", PORTS),
    nowhere("listen-mode", PORTS),
    nowhere("use-random-ports", PORTS),
    nowhere("ingress.listen-mode", PORTS),
    nowhere("ingress.use-random-ports", PORTS),
    nowhere("admin.listen-mode", PORTS),
    nowhere("admin.use-random-ports", PORTS),
    nowhere("metadata-client.type", QUORUM),
    nowhere("metadata-client.path", QUORUM),
    nowhere("metadata-client.key-prefix", QUORUM),
    nowhere("metadata-client.table", QUORUM),
    nowhere("metadata-client.object-store-retry-policy", QUORUM),
    nowhere("metadata-client.aws-access-key-id", QUORUM),
    nowhere("metadata-client.aws-allow-http", QUORUM),
    nowhere("metadata-client.aws-endpoint-url", QUORUM),
    nowhere("metadata-client.aws-profile", QUORUM),
    nowhere("metadata-client.aws-region", QUORUM),
    nowhere("metadata-client.aws-secret-access-key", QUORUM),
    nowhere("metadata-client.aws-session-token", QUORUM),
    nowhere(
        "metadata-server.auto-join",
        "without it only the first metadata server is a member, and its loss is the loss of the cluster",
    ),
    nowhere(
        "bifrost.default-provider",
        "any other value keeps the log on one node",
    ),
    key("worker.snapshots.snapshot-interval", "snapshots.interval"),
    key(
        "worker.snapshots.snapshot-interval-num-records",
        "snapshots.interval_records",
    ),
    key("worker.snapshots.num-retained", "snapshots.retained"),
    key(
        "worker.snapshots.experimental-num-retained",
        "snapshots.retained",
    ),
    key("worker.snapshots.aws-region", "object_store.region"),
    key("worker.snapshots.aws-endpoint-url", "object_store.endpoint"),
    key("worker.snapshots.aws-allow-http", "object_store.allow_http"),
    nowhere("worker.snapshots.aws-access-key-id", CREDENTIALS),
    nowhere("worker.snapshots.aws-secret-access-key", CREDENTIALS),
    nowhere("worker.snapshots.aws-session-token", CREDENTIALS),
];

/// All of them: the rows, and what keys of the file decide by themselves.
static OWNED: LazyLock<Vec<Owned>> = LazyLock::new(|| {
    let of_keys = settings(&ServerKeys::default()).into_iter();
    let of_keys = of_keys.map(|setting| key(setting.path, setting.key));
    ROWS.iter().copied().chain(of_keys).collect()
});

impl Owned {
    /// The one at the path, or the table above it.
    pub fn of(path: &str) -> Option<&'static Self> {
        OWNED.iter().find(|owned| {
            path.strip_prefix(owned.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}
