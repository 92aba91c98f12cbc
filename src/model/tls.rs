//! TLS between the nodes, and where each target takes the certificates from.

use schemars::JsonSchema;
use serde::Deserialize;

/// TLS between the nodes, on their fabric port. Server 1.7.3 or later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// How far it is enforced. A running cluster goes one step at a time, from no `tls` to `allow`, `prefer` and `require`.
    #[schemars(extend("default" = "require"))]
    pub mode: Option<TlsMode>,
    /// For Compose: the folder on the host with `ca.crt`, `tls.crt` and `tls.key`, relative to `docker-compose.yaml`.
    /// `make-certificates.sh` makes what is missing there.
    #[schemars(extend("default" = "./certificates"), length(min = 1, max = 255), regex(pattern = r"^[a-zA-Z0-9._/-]+$"))]
    pub folder: Option<String>,
    /// For Kubernetes: the Secret with the certificate, or the cert-manager issuer that makes it.
    pub kubernetes: Option<TlsOnKubernetes>,
    /// For Nomad: where the items `ca_crt`, `tls_crt` and `tls_key` are.
    pub nomad: Option<TlsOnNomad>,
}

/// How far TLS is enforced, in Restate's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// Nodes have certificates and accept TLS, but connect without it.
    Allow,
    /// Nodes connect by TLS, and accept connections without it.
    Prefer,
    /// Nodes accept and make connections by TLS only.
    Require,
}

impl TlsMode {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
        }
    }
}

/// The Secret with the certificate, or the cert-manager issuer that makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsOnKubernetes {
    /// Name of the Secret, with the keys `ca.crt`, `tls.crt` and `tls.key`. Without `issuer` it exists in the namespace.
    #[schemars(extend("default" = "restate-tls"), length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub secret: Option<String>,
    /// The issuer of cert-manager that makes the certificate and keeps the Secret up to date.
    pub issuer: Option<Issuer>,
}

/// An issuer of cert-manager.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["company-ca"]))]
    pub name: String,
    /// Its kind: one of the namespace, or of the whole cluster.
    #[serde(default)]
    #[schemars(extend("default" = "Issuer"))]
    pub kind: Option<IssuerKind>,
}

/// A kind of issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum IssuerKind {
    /// One of the namespace.
    Issuer,
    /// One of the whole cluster.
    ClusterIssuer,
}

impl Issuer {
    /// The kind, as manifests have it.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Some(IssuerKind::ClusterIssuer) => "ClusterIssuer",
            Some(IssuerKind::Issuer) | None => "Issuer",
        }
    }
}

/// Where on Nomad the certificate is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsOnNomad {
    /// Path of the Nomad variable. Default: where the credentials of the object store are, the variable `nomad/jobs/<job>` or the
    /// secret that `nomad.vault` names.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_~/-]+$"), extend("examples" = ["nomad/jobs/orders"]))]
    pub variable: Option<String>,
}
