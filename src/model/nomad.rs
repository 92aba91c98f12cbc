//! Options of the Nomad output.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Duration, MOST_NODES};

/// Options of the Nomad output.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nomad {
    /// Name of the job of the nodes. The other jobs, services and volumes are named after it. Default: the cluster's name.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"), extend("examples" = ["orders"]))]
    pub job: Option<String>,
    /// Namespace of jobs, volumes and variables. It has to exist.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9-]+$"), extend("default" = "default"))]
    pub namespace: Option<String>,
    /// Datacenters in which the jobs may run. Default: any.
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 128), regex(pattern = r"^[!-~]+$")), extend("default" = ["*"], "examples" = [["dc1"]]))]
    pub datacenters: Option<Vec<String>>,
    /// Node pool in which the jobs run, and in which their dynamic volumes are created. Default: that of Nomad,
    /// `default`.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_-]+$"), extend("examples" = ["storage"]))]
    pub node_pool: Option<String>,
    /// Hosts of the nodes, one for each in the order of their ids: the address that the Nomad client there announces, or its host
    /// name. Each node then runs there and nowhere else. Default: any host, and the nodes find each other by service discovery.
    #[schemars(length(min = 1, max = MOST_NODES), inner(length(min = 1, max = 253), regex(pattern = r"^[a-zA-Z0-9:]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$")), extend("examples" = [["10.0.0.11", "10.0.0.12", "10.0.0.13"]]))]
    pub hosts: Option<Vec<String>>,
    /// How many Nomad clients may run nodes, if known: a cluster that does not fit is then refused here.
    #[schemars(range(min = 1))]
    pub clients: Option<u32>,
    /// Whether nodes may share a host. For development: losing a host then loses several nodes.
    #[schemars(extend("default" = false))]
    pub one_host: Option<bool>,
    /// Network of the nodes: `host`, or `bridge`, which needs `bridge_network_hairpin_mode = true` on every client.
    #[schemars(extend("default" = "host"))]
    pub network: Option<NetworkMode>,
    /// The provider of service discovery.
    #[schemars(extend("default" = "nomad"))]
    pub provider: Option<ServiceProvider>,
    /// The kind of volumes: `dynamic` host volumes, created by `nomad volume create` (Nomad 1.10 or later), `static` ones in the clients'
    /// configuration, or those of a `csi` plugin.
    #[schemars(extend("default" = "dynamic"))]
    pub volume: Option<VolumeKind>,
    /// The plugin that creates the volumes. Default `mkdir` for dynamic ones; required for `csi`.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_.-]+$"), extend("examples" = ["mkdir", "aws-ebs0"]))]
    pub volume_plugin: Option<String>,
    /// Attribute of the clients with their location, spelt like the nodes' `location`. Each node then runs only on a client
    /// of its own location. Default: the scheduler ignores locations.
    #[schemars(length(max = 128), regex(pattern = r"^(meta|attr|node)(\.[a-zA-Z_][a-zA-Z0-9_-]*)+$"), extend("examples" = ["meta.location"]))]
    pub location_attribute: Option<String>,
    /// The most nodes that may run on clients with the same value of an attribute. Default: no limit.
    pub spread: Option<Spread>,
    /// Vault as the source of the object store's credentials. Default: the Nomad variable `nomad/jobs/<job>`.
    pub vault: Option<Vault>,
    /// `max_kill_timeout` of the clients. A node that needs longer to shut down is killed.
    #[schemars(extend("default" = "30s"))]
    pub max_kill_timeout: Option<Duration>,
    /// Whether the scheduler allows memory oversubscription. Only then is less than the limit reserved (`resources.reserve`):
    /// without it Nomad ignores the limit and kills what exceeds the reservation.
    #[schemars(extend("default" = false))]
    pub memory_oversubscription: Option<bool>,
}

/// The most nodes that may run on clients with the same value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Attribute of the clients.
    #[schemars(length(max = 128), regex(pattern = r"^((meta|attr)(\.[a-zA-Z_][a-zA-Z0-9_-]*)+|node\.(datacenter|class|pool))$"), extend("examples" = ["meta.rack", "node.datacenter"]))]
    pub attribute: String,
    /// The most nodes on clients with the same value. Default: 1.
    #[schemars(range(min = 1), extend("default" = 1))]
    #[serde(default)]
    pub most: Option<u32>,
}

/// A secret of Vault's key-value store, version 2, with the credentials by their names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Where the store is mounted.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_-]+(/[a-zA-Z0-9_-]+)*$"), extend("default" = "secret"))]
    #[serde(default)]
    pub mount: Option<String>,
    /// The secret's path below the mount, as `vault kv get -mount=<mount> <path>` takes it.
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$"), extend("examples" = ["restate/orders"]))]
    pub path: String,
    /// Role with which the tasks log in. Default: that of Nomad's configuration.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_.-]+$"))]
    #[serde(default)]
    pub role: Option<String>,
}

/// Network of the nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// The host's network.
    #[default]
    Host,
    /// A network of their own, behind the host's ports.
    Bridge,
}

/// The provider of service discovery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceProvider {
    /// Nomad itself.
    #[default]
    Nomad,
    /// Consul.
    Consul,
}

/// The kind of volumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VolumeKind {
    /// Dynamic host volumes.
    #[default]
    Dynamic,
    /// Host volumes of the clients' configuration.
    Static,
    /// Those of a CSI plugin.
    Csi,
}

impl VolumeKind {
    /// The kind as the cluster file has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Static => "static",
            Self::Csi => "csi",
        }
    }
}
