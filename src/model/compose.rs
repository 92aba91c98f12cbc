//! What only the Compose output has.

use schemars::JsonSchema;
use serde::Deserialize;

/// What only the Compose output has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Compose {
    /// Compose project name, the prefix of its containers, volumes and network. Default: the cluster's name.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub project: Option<String>,
    /// What the names of the services and volumes next to the nodes begin with (`restate-cluster`, `restate-provision`, `restate-minio`),
    /// so that they are never those of an application in the same project. `''`: the names alone, as in files of version 0.1.0.
    #[schemars(extend("default" = "restate-", "examples" = ["restate-", ""]))]
    #[schemars(length(max = 32), regex(pattern = r"^([a-z][a-z0-9-]*)?$"))]
    pub prefix: Option<String>,
}
