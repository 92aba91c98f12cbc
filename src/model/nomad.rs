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
    /// The network of the clients on which the ports are published, by its name in their configuration (`host_network`):
    /// one for all ports, or one for each. Default: that of the client's default address.
    #[schemars(extend("examples" = ["private", {"admin": "private", "fabric": "private"}]))]
    pub host_network: Option<HostNetwork>,
    /// The provider of service discovery.
    #[schemars(extend("default" = "nomad"))]
    pub provider: Option<ServiceProvider>,
    /// Tags of the nodes' services, besides their own: for a load balancer that looks for them.
    #[schemars(extend("examples" = [{"ingress": ["traefik.enable=true"]}]))]
    pub tags: Option<Tags>,
    /// Priority of all jobs. Above 100 only where `job_max_priority` of the Nomad servers allows it. Default: that of Nomad, 50.
    #[schemars(range(min = 1, max = 32766), extend("default" = 50))]
    pub priority: Option<u16>,
    /// What every client must have that runs one of the jobs, or holds one of the volumes that are created.
    #[schemars(length(max = 32), extend("default" = [], "examples" = [[{"attribute": "node.class", "value": "storage"}]]))]
    pub constraints: Vec<Constraint>,
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
    /// Own HCL for the group of each node, as in a job: `task` for another task, `service`, `volume`, `meta` and so on. What
    /// follows from the rest of this file is refused. Strings may have references (`"${attr.kernel.name}"`); other
    /// expressions are refused, but for calls of functions. Comments are left out.
    #[schemars(length(max = 16384), extend("examples" = ["meta {\n  team = \"orders\"\n}\n"]))]
    pub group: Option<String>,
    /// The same for the task of each node: `template`, `env`, `volume_mount`, options of the Docker driver in `config`, and so on.
    #[schemars(length(max = 16384), extend("examples" = ["env {\n  AWS_PROFILE = \"orders\"\n}\n"]))]
    pub task: Option<String>,
}

/// The network of the clients on which the ports are published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HostNetwork {
    /// Of all ports.
    All(#[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9_-]+$"))] String),
    /// Of each port.
    Each(HostNetworks),
}

/// The network of each port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostNetworks {
    /// That of the nodes' ingress.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9_-]+$"), extend("examples" = ["public"]))]
    pub ingress: Option<String>,
    /// That of the nodes' admin API.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9_-]+$"), extend("examples" = ["private"]))]
    pub admin: Option<String>,
    /// That of the ports by which the nodes reach each other.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9_-]+$"), extend("examples" = ["private"]))]
    pub fabric: Option<String>,
    /// That of the bundled store.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9_-]+$"), extend("examples" = ["private"]))]
    pub store: Option<String>,
}

/// Tags of the nodes' services, besides their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tags {
    /// Those of the ingress.
    #[schemars(length(max = 64), inner(length(min = 1, max = 1024), regex(pattern = r"^[!-~]([ -~]*[!-~])?$")), extend("default" = [], "examples" = [["traefik.enable=true"]]))]
    pub ingress: Vec<String>,
    /// Those of the admin API.
    #[schemars(length(max = 64), inner(length(min = 1, max = 1024), regex(pattern = r"^[!-~]([ -~]*[!-~])?$")), extend("default" = []))]
    pub admin: Vec<String>,
    /// Those of the ports by which the nodes reach each other, which have the metrics.
    #[schemars(length(max = 64), inner(length(min = 1, max = 1024), regex(pattern = r"^[!-~]([ -~]*[!-~])?$")), extend("default" = [], "examples" = [["prometheus"]]))]
    pub fabric: Vec<String>,
}

/// What a client must have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// Attribute of the clients.
    #[schemars(length(max = 128), regex(pattern = r"^(meta|attr|node)(\.[a-zA-Z_][a-zA-Z0-9_-]*)+$"), extend("examples" = ["node.class", "meta.disk", "attr.cpu.arch"]))]
    pub attribute: String,
    /// How the attribute is compared with the value.
    #[schemars(extend("default" = "="))]
    #[serde(default)]
    pub operator: Option<Operator>,
    /// The value, also of a number. `is_set` and `is_not_set` have none.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^[ -~]+$"), extend("examples" = ["storage"]))]
    #[serde(default)]
    pub value: Option<String>,
}

/// How an attribute is compared with a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Operator {
    /// It is the value.
    #[default]
    #[serde(rename = "=")]
    Equal,
    /// It is another value, or not set.
    #[serde(rename = "!=")]
    NotEqual,
    /// It comes after the value.
    #[serde(rename = ">")]
    Greater,
    /// It does not come before the value.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// It comes before the value.
    #[serde(rename = "<")]
    Less,
    /// It does not come after the value.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// The value is a regular expression that it matches.
    #[serde(rename = "regexp")]
    Regexp,
    /// It is a version that the value allows.
    #[serde(rename = "version")]
    Version,
    /// It is a version that the value allows, by the rules of Semantic Versioning.
    #[serde(rename = "semver")]
    Semver,
    /// It lists all that the value lists, with commas between them.
    #[serde(rename = "set_contains")]
    SetContains,
    /// It lists one of those that the value lists.
    #[serde(rename = "set_contains_any")]
    SetContainsAny,
    /// It is set.
    #[serde(rename = "is_set")]
    IsSet,
    /// It is not set.
    #[serde(rename = "is_not_set")]
    IsNotSet,
}

impl Operator {
    /// The operator as Nomad has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Regexp => "regexp",
            Self::Version => "version",
            Self::Semver => "semver",
            Self::SetContains => "set_contains",
            Self::SetContainsAny => "set_contains_any",
            Self::IsSet => "is_set",
            Self::IsNotSet => "is_not_set",
        }
    }

    /// Whether it compares with a value.
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::IsSet | Self::IsNotSet)
    }
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
