//! Options of the Compose output.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Options of the Compose output.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Compose {
    /// Compose project name, the prefix of its containers, volumes and network. Default: the cluster's name.
    #[schemars(length(max = 63), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub project: Option<String>,
    /// Prefix of the names of the other services and volumes (`restate-cluster`, `restate-provision`, `restate-minio`),
    /// so that they never clash with an application in the same project. `''`: no prefix, as in files of version 0.1.0.
    #[schemars(extend("default" = "restate-", "examples" = ["restate-", ""]))]
    #[schemars(length(max = 32), regex(pattern = r"^([a-z][a-z0-9-]*)?$"))]
    pub prefix: Option<String>,
    /// Keys of a Compose service for each node's service, as in a Compose file: `extra_hosts`, `networks`, `labels`, `env_file` and so on.
    /// What follows from the rest of this file is refused.
    #[schemars(extend("default" = {}, "examples" = [{"networks": {"backend": {}}, "labels": {"team": "orders"}}]))]
    pub node: Map<String, Value>,
    /// The same for the service of the bundled object store.
    #[schemars(extend("default" = {}, "examples" = [{"networks": ["backend"]}]))]
    pub store: Map<String, Value>,
    /// Networks of the Compose file, in Compose's own keys. `default` is the one that all services are in.
    #[schemars(extend("default" = {}, "examples" = [{"backend": {"name": "shop", "external": true}}]))]
    pub networks: Map<String, Value>,
    /// Volumes of the Compose file, next to those of the nodes, or options of those.
    #[schemars(extend("default" = {}, "examples" = [{"certificates": {"external": true}}]))]
    pub volumes: Map<String, Value>,
    /// Secrets of the Compose file.
    #[schemars(extend("default" = {}, "examples" = [{"token": {"file": "./token"}}]))]
    pub secrets: Map<String, Value>,
    /// Configs of the Compose file.
    #[schemars(extend("default" = {}, "examples" = [{"banner": {"content": "hello"}}]))]
    pub configs: Map<String, Value>,
}
