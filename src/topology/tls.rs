//! TLS between the nodes, with nothing left to decide.

use std::borrow::Cow;

use super::files::{File, NomadSource};
use super::{Node, Topology};
use crate::model::tls::{Issuer, Tls as Given, TlsMode};

/// The folder in a node with its certificate.
pub const FOLDER: &str = "/etc/restate/tls";
/// The certificate of the authority, for settings and for clients.
pub const CA: &str = "/etc/restate/tls/ca.crt";
/// The certificate of the nodes.
pub const CERTIFICATE: &str = "/etc/restate/tls/tls.crt";
/// Its key.
pub const KEY: &str = "/etc/restate/tls/tls.key";

/// TLS between the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// How far it is enforced.
    pub mode: TlsMode,
    /// The folder on a host of Compose.
    pub folder: String,
    /// The Secret on Kubernetes.
    pub secret: String,
    /// The issuer of cert-manager that makes it; none where it exists.
    pub issuer: Option<Issuer>,
    /// The Nomad variable; none where the items are with the credentials of the object store.
    pub variable: Option<String>,
}

impl Tls {
    /// Whether nodes connect to each other by it.
    pub fn is_used(&self) -> bool {
        self.mode != TlsMode::Allow
    }

    /// Its files in a node.
    fn files(&self) -> [File; 3] {
        let file = |path: &str, name: &str, key: &str| File {
            path: path.into(),
            host: Some(format!("{}/{name}", self.folder.trim_end_matches('/'))),
            // There it is a folder, which follows a renewed certificate.
            kubernetes: None,
            nomad: Some(NomadSource {
                variable: self.variable.clone(),
                key: key.into(),
            }),
        };
        [
            file(CA, "ca.crt", "ca_crt"),
            file(CERTIFICATE, "tls.crt", "tls_crt"),
            file(KEY, "tls.key", "tls_key"),
        ]
    }
}

impl Topology {
    /// The scheme of the URLs by which nodes and tools reach a fabric port.
    pub fn fabric_scheme(&self) -> &'static str {
        match &self.tls {
            Some(tls) if tls.is_used() => "https",
            _ => "http",
        }
    }

    /// The files of the cluster file, and those of the certificates.
    pub fn mounted_files(&self) -> Vec<Cow<'_, File>> {
        let given = self.files.iter().map(Cow::Borrowed);
        let of_tls = self.tls.iter().flat_map(Tls::files).map(Cow::Owned);
        given.chain(of_tls).collect()
    }

    /// Whether a probe of the node on that port is by TLS.
    pub fn is_probed_by_tls(&self, node: &Node) -> bool {
        node.probe().port == crate::facts::FABRIC_PORT && self.fabric_scheme() == "https"
    }
}

/// Decides what the file leaves open.
pub fn resolve(given: Option<&Given>) -> Option<Tls> {
    let Given {
        mode,
        folder,
        kubernetes,
        nomad,
    } = given?;
    let kubernetes = kubernetes.as_ref();
    Some(Tls {
        mode: mode.unwrap_or(TlsMode::Require),
        folder: folder.clone().unwrap_or_else(|| "./certificates".into()),
        secret: kubernetes
            .and_then(|kubernetes| kubernetes.secret.clone())
            .unwrap_or_else(|| "restate-tls".into()),
        issuer: kubernetes.and_then(|kubernetes| kubernetes.issuer.clone()),
        variable: nomad.as_ref().and_then(|nomad| nomad.variable.clone()),
    })
}
