//! What the user wrote: the cluster file as types, optional where YAML is optional.
//!
//! The doc comments below are the descriptions in `schema/cluster.schema.json`, so they speak to
//! the person who writes the file. Defaults are decided in [`crate::topology`], not here.

pub mod compose;
pub mod environment;
pub mod files;
pub mod kubernetes;
pub mod names;
pub mod nodes;
pub mod nomad;
pub mod storage;
pub mod tls;
pub mod units;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use compose::Compose;
pub use files::MountedFile;
pub use kubernetes::Kubernetes;
pub use nodes::{
    Group, MOST_ID, MOST_NODES, MetadataServers, Node, NodeEntry, NodePorts, Nodes, Role,
};
pub use nomad::Nomad;
pub use storage::{
    Azure, BundledStore, Credentials, ExternalStore, Minio, MinioClient, NoStore, ObjectStore,
    ObjectStoreKind, ObjectStoreOptions, S3, Snapshots, StoreImage, StorePorts, Volumes,
};
pub use tls::{Tls, TlsMode};
pub use units::{ByteSize, Duration};

/// A section of the file that is for one orchestrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `compose`.
    Compose,
    /// `kubernetes`.
    Kubernetes,
    /// `nomad`.
    Nomad,
}

impl Section {
    /// Its key in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Kubernetes => "kubernetes",
            Self::Nomad => "nomad",
        }
    }
}

/// One Restate cluster. Every key is optional; `nodes: 3` is a complete file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "restate-cluster.yaml")]
pub struct Cluster {
    /// The JSON schema that editors check this file against.
    #[serde(rename = "$schema")]
    #[schemars(length(max = 2048))]
    pub schema: Option<String>,
    /// Restate's cluster name, the same on every node. Fixed once the cluster is provisioned.
    #[schemars(extend("default" = "restate-cluster", "examples" = ["orders"]))]
    #[schemars(length(min = 1, max = 63))]
    pub name: Option<String>,
    /// Version of the Restate server, which is the tag of its image; the day of the build may follow, as in
    /// `1.6.1-20260210`. Upgrade one minor version at a time. Default: the newest that this tool knows.
    #[schemars(length(max = 128), extend("examples" = ["1.7.12"]))]
    pub version: Option<String>,
    /// Where the server image comes from.
    pub image: Option<Image>,
    /// Registry of every image that this file does not name itself: a mirror, for sites without internet access, with a
    /// prefix if it has one. With `mirror.example.com`, `docker.restate.dev/restatedev/restate` becomes
    /// `mirror.example.com/restatedev/restate`.
    #[schemars(extend("examples" = ["mirror.example.com", "mirror.example.com:5000/cache"]))]
    #[schemars(
        length(max = 255),
        regex(
            pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$"
        )
    )]
    pub registry: Option<String>,
    /// How many nodes, or a list of nodes and of groups of identical nodes (an entry with `count`).
    #[schemars(extend("default" = 3, "examples" = [3, 5]))]
    pub nodes: Option<Nodes>,
    /// Ids of nodes that were removed for good. An id is never used again, because a new node would have none of the old node's data.
    #[schemars(length(max = 10000), extend("default" = [], "examples" = [[4]]), inner(range(min = 1, max = MOST_ID)))]
    pub retired_ids: Vec<u32>,
    /// How many copies of each log record and of each partition are kept, as one value or as `{logs: 3, partitions: 2}`.
    /// Read by the server only when the cluster is provisioned; later changes go through `restatectl config set`. Default 2, and 1 with one node.
    #[schemars(extend("examples" = [2, {"logs": 3, "partitions": 2}, {"zone": 2}]))]
    pub replication: Option<Replication>,
    /// Number of partitions. Fixed once the cluster is provisioned.
    #[schemars(extend("default" = 24), range(min = 1, max = 65535))]
    pub partitions: Option<u16>,
    /// How many nodes join the metadata quorum: an odd number, or `all`. Default: twice the log replication minus one
    /// (as many failures tolerated as the log tolerates), at most 5 and at most as many as there are nodes.
    #[schemars(extend("examples" = [3, 5, "all"]))]
    pub metadata_servers: Option<MetadataServers>,
    /// Snapshots of the partitions. Without them the log is never trimmed and new nodes cannot join.
    pub snapshots: Option<Snapshots>,
    /// Where snapshots are kept: a bundled store (`minio`, `seaweedfs`), an external one (`s3`, `gcs`, `azure`), or `none`.
    /// The kind alone is enough.
    #[schemars(extend("default" = "minio", "examples" = ["seaweedfs", {"kind": "s3", "region": "eu-central-1"}]))]
    pub object_store: Option<ObjectStore>,
    /// Which ports are published on the host, and on which of its addresses.
    pub ports: Option<Ports>,
    /// CPU and memory of each node; the server's memory pools are derived from the memory limit.
    pub resources: Option<Resources>,
    /// The data volume of each node.
    pub volumes: Option<Volumes>,
    /// Raw server configuration with Restate's own keys, as in its configuration file. Checked against the version,
    /// because the server itself silently ignores a misspelt key.
    #[schemars(extend("default" = {}, "examples" = [{"worker": {"invoker": {"memory-limit": "512MiB"}}}]))]
    pub settings: Map<String, Value>,
    /// Files that the server reads, such as the key for signing requests, and where each target gets them.
    #[schemars(length(max = 100), extend("default" = [], "examples" = [[{"path": "/etc/restate/identity.pem", "file": "./secrets/identity.pem"}]]))]
    pub files: Vec<MountedFile>,
    /// TLS between the nodes. Default: none.
    #[schemars(extend("examples" = [{"mode": "require"}]))]
    pub tls: Option<Tls>,
    /// Keys that each decide one setting of the server.
    #[serde(flatten)]
    pub server: ServerKeys,
    /// Options of the Compose output.
    pub compose: Option<Compose>,
    /// Options of the Kubernetes output.
    pub kubernetes: Option<Kubernetes>,
    /// Options of the Nomad output.
    pub nomad: Option<Nomad>,
    /// Host ports that `.env` sets over those of the file. No key of it.
    #[serde(skip)]
    pub host_ports: environment::HostPorts,
}

/// Keys that each decide one setting of the server by themselves, the same on every node.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ServerKeys {
    /// Whether the server may report anonymous telemetry.
    #[schemars(extend("default" = true))]
    pub telemetry: Option<bool>,
}

/// The name of an image as registries take it, perhaps with the host of one and its port; a rule says more of a tag.
const IMAGE_NAME: &str = r"^([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$";

/// Where the server image comes from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Image {
    /// Image name without a tag.
    #[schemars(extend("default" = "docker.restate.dev/restatedev/restate"))]
    #[schemars(length(max = 255), regex(pattern = IMAGE_NAME))]
    pub repository: Option<String>,
    /// Digest of the image, so that the same bytes run everywhere. It must be that of `version`.
    #[schemars(regex(pattern = r"^sha256:[0-9a-f]{64}$"))]
    pub digest: Option<String>,
}

/// Copies of the log and of the partitions: one value for both, or one for each.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Replication {
    /// One replication property for logs and partitions.
    Both(ReplicationProperty),
    /// One for each.
    Each(ReplicationOfEach),
}

/// The replication properties of logs and of partitions, separately.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplicationOfEach {
    /// Copies of each log record, on log servers.
    pub logs: Option<ReplicationProperty>,
    /// Copies of each partition, on workers.
    pub partitions: Option<ReplicationProperty>,
}

/// Restate's replication property: a number of nodes, or numbers by location scope.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReplicationProperty {
    /// Copies on that many nodes.
    Nodes(#[schemars(range(min = 1, max = 128))] u8),
    /// Copies spread over regions, zones and nodes.
    Scoped(ScopedReplication),
}

/// Copies spread by location: `{zone: 2}`, `{zone: 2, node: 3}`. Needs `location` on the nodes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScopedReplication {
    /// In that many regions.
    #[schemars(range(min = 1, max = 128))]
    pub region: Option<u8>,
    /// In that many zones.
    #[schemars(range(min = 1, max = 128))]
    pub zone: Option<u8>,
    /// On that many nodes.
    #[schemars(range(min = 1, max = 128))]
    pub node: Option<u8>,
}

/// Which ports are published on the host, and on which of its addresses.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ports {
    /// Host address for the admin and fabric ports and the object store. They have no authentication.
    #[schemars(extend("default" = "127.0.0.1"))]
    pub bind: Option<std::net::IpAddr>,
    /// Host address for the ingress ports.
    #[schemars(extend("default" = "0.0.0.0"))]
    pub ingress_bind: Option<std::net::IpAddr>,
    /// Which of a node's ports are published on the host.
    #[schemars(length(max = 3), extend("default" = ["ingress", "admin", "fabric"]))]
    pub publish: Option<Vec<PortName>>,
    /// How host ports are numbered. `decimal`: node 1 has 8080, 9070 and 5122, node n has n8080, n9070 and n5122 up to node 5,
    /// later nodes as in `sequential`. `sequential`: node n has 10000+n, 14000+n and 18000+n. Default: `decimal` up to node 3 and then
    /// `sequential` on Compose, because Linux uses ports from 32768 on for itself; `sequential` on Nomad.
    #[schemars(extend("examples" = ["decimal", "sequential"]))]
    pub scheme: Option<PortScheme>,
    /// The first of 1000 host ports only for this cluster, to run several clusters on one host: bases of different clusters are at
    /// least 1000 apart. Node n has base+10n (ingress), +1 (admin) and +2 (fabric), up to id 99; the bundled store has the base and
    /// base+1. Linux uses none below 32000 for itself, and Nomad none below 19000. Instead of `scheme`.
    #[schemars(range(min = 1, max = 64536), extend("examples" = [11000, 12000]))]
    pub base: Option<u16>,
}

/// A port of a node, by Restate's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PortName {
    /// Requests to services: 8080 in the container.
    Ingress,
    /// Admin API and web UI: 9070 in the container.
    Admin,
    /// Node to node, restatectl and metrics: 5122 in the container.
    Fabric,
}

impl PortName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ingress, Self::Admin, Self::Fabric];

    /// The name as the cluster file has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Admin => "admin",
            Self::Fabric => "fabric",
        }
    }
}

/// How host ports are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PortScheme {
    /// Node n has n8080, n9070 and n5122, as far as that fits below 65536.
    Decimal,
    /// Node n has 10000+n, 14000+n and 18000+n.
    Sequential,
}

/// CPU and memory of a node.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// CPU limit, in cores, or `none`, for engines that cannot limit CPUs, such as many rootless ones: they refuse any
    /// limit. With `none` for the whole cluster, the other containers have no limit either. A tight limit makes healthy
    /// nodes look dead to their peers.
    #[schemars(extend("default" = 2.0, "examples" = [1, "none"]))]
    pub cpus: Option<CpuLimit>,
    /// Memory limit. The server's memory pools are derived from it.
    #[schemars(extend("default" = "2GiB"))]
    pub memory: Option<ByteSize>,
    /// What is reserved for the node even when it is idle.
    pub reserve: Option<Reservation>,
}

/// CPU limit of a node.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CpuLimit {
    /// That many cores.
    Cores(#[schemars(range(min = 0.01, max = 4096))] f64),
    /// No limit.
    None(NoLimit),
}

impl CpuLimit {
    /// The limit in cores, where there is one.
    pub fn cores(self) -> Option<f64> {
        match self {
            Self::Cores(cores) => Some(cores),
            Self::None(NoLimit::None) => None,
        }
    }
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoLimit {
    /// No limit.
    None,
}

/// CPU and memory reserved for a node.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reservation {
    /// CPU, in cores.
    #[schemars(extend("default" = 0.5), range(min = 0.01, max = 4096))]
    pub cpus: Option<f64>,
    /// Memory.
    #[schemars(extend("default" = "512MiB"))]
    pub memory: Option<ByteSize>,
}
