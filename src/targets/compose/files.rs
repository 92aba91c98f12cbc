//! Files of the host that the nodes read, as secrets of Compose's.

use serde_json::{Value, json};

use super::interpolation::literal;
use crate::topology::Topology;
use crate::topology::tls::CA;

/// A file of the host and the secret that it is.
pub struct HostFile {
    /// Where a service finds it.
    pub path: String,
    /// The secret's name.
    pub secret: String,
    /// How the file declares it.
    pub declaration: Value,
    /// How a service mounts it.
    pub mount: Value,
}

/// The files that are mounted. A secret is named after its path; one whose name is taken has its number too.
pub fn of_the_host(topology: &Topology) -> Vec<HostFile> {
    let mut files: Vec<HostFile> = Vec::new();
    for file in topology.mounted_files() {
        let Some(host) = &file.host else {
            continue;
        };
        let label = file.path.trim_start_matches('/').replace('/', "-");
        let is_taken = files.iter().any(|other| other.secret == label)
            || topology.compose.secrets.contains_key(&label);
        let secret = if is_taken {
            format!("{label}-{}", files.len() + 1)
        } else {
            label
        };
        files.push(HostFile {
            path: file.path.clone(),
            declaration: json!({"file": literal(host)}),
            mount: json!({"source": secret, "target": file.path}),
            secret,
        });
    }
    files
}

/// How a service mounts the certificate of the authority, where nodes have TLS.
pub fn authority(topology: &Topology) -> Option<Value> {
    let mut files = of_the_host(topology).into_iter();
    topology.tls.as_ref()?;
    files.find(|file| file.path == CA).map(|file| file.mount)
}
