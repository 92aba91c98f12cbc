//! The files that the server reads, with nothing left to decide.

use serde::Serialize;

use crate::model::MountedFile;

/// A file that is mounted into each node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where the server finds it.
    pub path: String,
    /// Where Compose takes it from: a file on the host.
    pub host: Option<String>,
    /// Where Kubernetes takes it from.
    pub kubernetes: Option<KubernetesSource>,
    /// Where Nomad takes it from.
    pub nomad: Option<NomadSource>,
}

/// A key of an object in the namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KubernetesSource {
    /// Whether the object is a Secret; else it is a ConfigMap.
    pub is_secret: bool,
    /// Its name.
    pub name: String,
    /// The key.
    pub key: String,
}

/// An item that a template reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NomadSource {
    /// Path of a Nomad variable; none where the item is with the credentials of the object store.
    pub variable: Option<String>,
    /// The item.
    pub key: String,
}

/// Decides what the file leaves open.
pub fn resolve(given: &[MountedFile]) -> Vec<File> {
    given
        .iter()
        .map(|file| File {
            path: file.path.clone(),
            host: file.file.clone(),
            kubernetes: file.kubernetes.as_ref().and_then(|source| {
                let name = source.secret.as_ref().or(source.config_map.as_ref())?;
                let own_name = || file.path.rsplit('/').next().unwrap_or_default().to_owned();
                Some(KubernetesSource {
                    is_secret: source.secret.is_some(),
                    name: name.clone(),
                    key: source.key.clone().unwrap_or_else(own_name),
                })
            }),
            nomad: file.nomad.as_ref().map(|source| NomadSource {
                variable: source.variable.clone(),
                key: source.key.clone(),
            }),
        })
        .collect()
}
