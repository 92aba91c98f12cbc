//! The nodes of the cluster file: a count, or a list of nodes and of groups of identical nodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Resources;

/// Most nodes of a cluster, however they are written. Host ports set the limit: node n has 18000+n, and at 20000 Nomad's
/// dynamic ports begin, so ids up to 1,999 have ports, of which a cluster that scales needs some for the nodes to come. On
/// Kubernetes the ConfigMap of 6,000 nodes would no longer fit into the 1 MiB that the API server stores.
pub const MOST_NODES: u32 = 1000;

/// The largest id: the number of a pod, which is the id of its node, is a signed number of 32 bits in Kubernetes.
pub const MOST_ID: u32 = i32::MAX as u32;

/// The largest id that a group may start with, so that the last of its nodes has one.
const MOST_FIRST_ID: u32 = MOST_ID - MOST_NODES + 1;

/// How many nodes, or which.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Nodes {
    /// That many identical nodes, with ids from 1 that skip the retired ones.
    Count(#[schemars(range(min = 1, max = MOST_NODES))] u32),
    /// Nodes and groups of identical nodes.
    List(#[schemars(length(min = 1, max = MOST_NODES))] Vec<NodeEntry>),
}

/// An entry of the list of nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NodeEntry {
    /// Several identical nodes.
    Group(Group),
    /// One node.
    Node(Node),
}

impl NodeEntry {
    /// Its raw server configuration.
    pub fn settings(&self) -> &Map<String, Value> {
        match self {
            Self::Node(node) => &node.settings,
            Self::Group(group) => &group.settings,
        }
    }

    /// Its CPU and memory, where it gives some.
    pub fn resources(&self) -> Option<&Resources> {
        match self {
            Self::Node(node) => node.resources.as_ref(),
            Self::Group(group) => group.resources.as_ref(),
        }
    }

    /// Its roles, where it gives them.
    pub fn roles(&self) -> Option<&[Role]> {
        match self {
            Self::Node(node) => node.roles.as_deref(),
            Self::Group(group) => group.roles.as_deref(),
        }
    }
}

/// One node.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// Restate's node name, also its host name and the prefix of its volume. Fixed once the node has joined. Default `restate-<id>`.
    #[schemars(length(min = 1, max = 63), extend("examples" = ["restate-4"]))]
    pub name: Option<String>,
    /// Restate's node id. Fixed once the node has joined, and never used again. Default: the number that `name` ends in when it
    /// has the form `restate-<id>`, else the lowest free one.
    #[schemars(range(min = 1, max = MOST_ID), extend("examples" = [4]))]
    pub id: Option<u32>,
    /// Roles of the node. Default: every role; `metadata_servers` decides which nodes join the metadata quorum.
    #[schemars(length(min = 1, max = 10), extend("uniqueItems" = true))]
    pub roles: Option<Vec<Role>>,
    /// Where the node is: `region` or `region.zone`. Fixed once the node has joined.
    #[schemars(length(max = 128), extend("examples" = ["eu-central.a"]), regex(pattern = r"^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)?$"))]
    pub location: Option<String>,
    /// Host ports of this node.
    pub ports: Option<NodePorts>,
    /// Where this node's data already is, for Compose: a volume by the name that `docker volume ls` has for it, or a folder of the
    /// host, with a `/` in it. The server's own folder, named after the node, is in there. It must exist, is never created and never
    /// deleted. Default: a volume that Compose creates.
    #[schemars(length(max = 4096), regex(pattern = r"^([a-zA-Z0-9][a-zA-Z0-9_.-]*|\.{0,2}/[^:\r\n]*[^:/\r\n])$"), extend("examples" = ["shop_restate_data", "./restate-data"]))]
    pub volume: Option<String>,
    /// CPU and memory of this node, overriding those of the cluster.
    pub resources: Option<Resources>,
    /// Raw server configuration of this node, overriding that of the cluster.
    #[schemars(extend("default" = {}))]
    pub settings: Map<String, Value>,
}

/// Several identical nodes, numbered from `first_id`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name of the group. On Kubernetes its StatefulSet is named after it (`restate-<group>`), so there it is fixed once the nodes have
    /// joined. Default: there, `first_id`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    pub group: Option<String>,
    /// How many nodes.
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub count: u32,
    /// Id of the group's first node. Leave room after it, so that the group can grow. Default: the lowest free ids.
    #[serde(default)]
    #[schemars(range(min = 1, max = MOST_FIRST_ID), extend("examples" = [10]))]
    pub first_id: Option<u32>,
    /// Roles of the nodes. Default: every role; `metadata_servers` decides which nodes join the metadata quorum.
    #[serde(default)]
    #[schemars(length(min = 1, max = 10), extend("uniqueItems" = true))]
    pub roles: Option<Vec<Role>>,
    /// Where the nodes are: `region` or `region.zone`. Fixed once they have joined.
    #[serde(default)]
    #[schemars(length(max = 128), extend("examples" = ["eu-central.a"]), regex(pattern = r"^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)?$"))]
    pub location: Option<String>,
    /// CPU and memory of each node of the group, overriding those of the cluster.
    #[serde(default)]
    pub resources: Option<Resources>,
    /// Raw server configuration of the group's nodes, overriding that of the cluster.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    pub settings: Map<String, Value>,
}

/// Host ports of one node.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodePorts {
    /// Host port for the ingress.
    #[schemars(range(min = 1, max = 65535))]
    pub ingress: Option<u16>,
    /// Host port for the admin API and the web UI.
    #[schemars(range(min = 1, max = 65535))]
    pub admin: Option<u16>,
    /// Host port for node to node traffic, restatectl and metrics.
    #[schemars(range(min = 1, max = 65535))]
    pub fabric: Option<u16>,
}

/// What a node does. The names are Restate's.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Accepts requests to services.
    HttpIngress,
    /// Admin API, web UI and the cluster controller.
    Admin,
    /// Runs partitions and invokes services.
    Worker,
    /// Stores the replicated log.
    LogServer,
    /// Member of the metadata quorum.
    MetadataServer,
}

impl Role {
    /// Every role, in the order in which Restate lists them.
    pub const ALL: [Role; 5] = [
        Role::HttpIngress,
        Role::Admin,
        Role::Worker,
        Role::LogServer,
        Role::MetadataServer,
    ];

    /// Restate's name of the role.
    pub fn name(self) -> &'static str {
        match self {
            Role::HttpIngress => "http-ingress",
            Role::Admin => "admin",
            Role::Worker => "worker",
            Role::LogServer => "log-server",
            Role::MetadataServer => "metadata-server",
        }
    }
}

/// How many nodes join the metadata quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MetadataServers {
    /// That many, an odd number.
    Count(#[schemars(range(min = 1, max = MOST_NODES))] u32),
    /// Every node.
    All(All),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum All {
    /// Every node.
    All,
}
