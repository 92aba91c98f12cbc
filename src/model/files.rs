//! Files that the server reads, and where each target takes them from.

use schemars::JsonSchema;
use serde::Deserialize;

/// A file that the server reads, such as the key that requests are signed with: the same on every node, and read when a node starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MountedFile {
    /// Where the server finds it: the value of the setting that names it.
    #[schemars(length(min = 2, max = 255), regex(pattern = r"^[a-zA-Z0-9._/-]+$"), extend("examples" = ["/etc/restate/identity.pem"]))]
    pub path: String,
    /// For Compose: a file on the host, relative to `docker-compose.yaml`. It is mounted as a Compose secret.
    #[serde(default)]
    #[schemars(length(min = 1, max = 4096), regex(pattern = r"^[^\x00-\x1f\x7f]+$"), extend("examples" = ["./secrets/identity.pem"]))]
    pub file: Option<String>,
    /// For Kubernetes: a Secret or a ConfigMap that exists in the namespace.
    #[serde(default)]
    pub kubernetes: Option<KubernetesFile>,
    /// For Nomad: an item of a Nomad variable, or of the secret in Vault.
    #[serde(default)]
    pub nomad: Option<NomadFile>,
}

/// A Secret or a ConfigMap with a file, one of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KubernetesFile {
    /// Name of a Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["restate-identity"]))]
    pub secret: Option<String>,
    /// Name of a ConfigMap, for a file that is not secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["company-ca"]))]
    pub config_map: Option<String>,
    /// The key in it. Default: the name of the file in `path`.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-zA-Z0-9._-]+$"), extend("examples" = ["identity.pem"]))]
    pub key: Option<String>,
}

/// An item of a Nomad variable, or of the secret in Vault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NomadFile {
    /// The item.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z_][a-zA-Z0-9_]*$"), extend("examples" = ["identity"]))]
    pub key: String,
    /// Path of the Nomad variable. With access control the job's tasks must be allowed to read it. Default: where the credentials of the
    /// object store are, the variable `nomad/jobs/<job>` or the secret that `nomad.vault` names.
    #[serde(default)]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_~/-]+$"), extend("examples" = ["nomad/jobs/orders"]))]
    pub variable: Option<String>,
}
