//! Nomad: a job of the nodes, one that provisions, one of the bundled store, and the scripts and the guide that go with them.
//!
//! Decides what only Nomad has: groups, ports, volumes, templates, what may be interpolated and what must not.

mod environment;
mod guide;
mod nodes;
mod operations;
mod provision;
mod scripts;
mod store;

use minijinja::Value;

use crate::model::nomad::{NetworkMode, VolumeKind};
use crate::server::credentials::{SecretKey, all_keys};
use crate::topology::{Node, Topology};
use crate::tree::{Keeping, RenderedFile, RenderedTree};
pub use operations::operations;

/// The name of the main file.
pub const MAIN_FILE: &str = "restate.nomad.hcl";

/// All files of the target. `command` is how to make them again.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let file = |path, text| RenderedFile {
        path,
        text,
        keeping: Keeping::Replace,
    };
    let mut files = vec![
        file(MAIN_FILE, nodes::render(topology, command)),
        file("provision.nomad.hcl", provision::render(topology, command)),
    ];
    files.extend(store::render(topology, command).map(|text| file("store.nomad.hcl", text)));
    if topology.nomad.volume != VolumeKind::Static {
        files.push(file("volume.hcl", scripts::volume(topology, command)));
    }
    files.push(file("prepare.sh", scripts::prepare(topology, command)));
    files.push(file("rollout.sh", scripts::rollout(topology, command)));
    files.push(file(
        "restatectl.sh",
        scripts::restatectl(topology, command),
    ));
    files.push(file("OPERATIONS.md", guide::render(topology, command)));
    RenderedTree::new(files)
}

/// Text of a header, which no escaping of the file's kind applies to.
fn verbatim(text: &str) -> Value {
    Value::from_safe_string(text.into())
}

/// The job of the bundled store.
fn store_job(topology: &Topology) -> String {
    format!("{}-store", topology.nomad.job)
}

/// The job that provisions, and the volume of its marker.
fn provision_job(topology: &Topology) -> String {
    format!("{}-provision", topology.nomad.job)
}

/// The data volume of a node.
fn node_volume(topology: &Topology, node: &Node) -> String {
    format!("{}-{}-data", topology.nomad.job, node.name)
}

/// The credentials that come from a Nomad variable. A user name with a default is not a secret and stands in the job.
fn secret_keys(topology: &Topology) -> impl Iterator<Item = &'static SecretKey> {
    all_keys(&topology.object_store).filter(|key| key.default.is_none())
}

/// The items with files that are where the credentials are.
fn file_items(topology: &Topology) -> impl Iterator<Item = &str> {
    let sources = topology.files.iter().filter_map(|file| file.nomad.as_ref());
    sources
        .filter(|source| source.variable.is_none())
        .map(|source| source.key.as_str())
}

/// Whether the nodes find each other by service discovery.
fn discovers_peers(topology: &Topology) -> bool {
    topology.nomad.hosts.is_empty()
}

/// What all jobs say about a volume.
#[derive(serde::Serialize)]
struct VolumeView {
    volume_type: &'static str,
    access_mode: &'static str,
    dynamic_volumes: bool,
    csi_volumes: bool,
    made_volumes: bool,
}

impl VolumeView {
    fn of(topology: &Topology) -> Self {
        let kind = topology.nomad.volume;
        Self {
            volume_type: if kind == VolumeKind::Csi {
                "csi"
            } else {
                "host"
            },
            access_mode: "single-node-writer",
            dynamic_volumes: kind == VolumeKind::Dynamic,
            csi_volumes: kind == VolumeKind::Csi,
            made_volumes: kind != VolumeKind::Static,
        }
    }
}

/// What all jobs say about the clients that may run them.
#[derive(serde::Serialize)]
struct PoolView {
    has_node_pool: bool,
    node_pool: String,
}

impl PoolView {
    fn of(topology: &Topology) -> Self {
        Self {
            has_node_pool: topology.nomad.node_pool.is_some(),
            node_pool: topology.nomad.node_pool.clone().unwrap_or_default(),
        }
    }
}

/// Where a job's templates read the credentials.
#[derive(serde::Serialize)]
struct CredentialsView {
    from_vault: bool,
    has_vault_role: bool,
    vault_role: String,
    credentials_source: Value,
}

impl CredentialsView {
    /// `job` is how a template says whose Nomad variable it is.
    fn of(topology: &Topology, job: &str) -> Self {
        let vault = topology.nomad.vault.as_ref();
        let role = vault.and_then(|vault| vault.role.clone());
        let source = match vault {
            Some(vault) => format!("secret \"{}\"", vault.api_path()),
            None => format!("nomadVar (printf \"nomad/jobs/%s\" (env \"{job}\"))"),
        };
        Self {
            from_vault: vault.is_some(),
            has_vault_role: role.is_some(),
            vault_role: role.unwrap_or_default(),
            credentials_source: verbatim(&source),
        }
    }
}

/// How a template reads one of the credentials of [`CredentialsView`].
fn credential(topology: &Topology, key: &SecretKey) -> Value {
    verbatim(&match topology.nomad.vault {
        Some(_) => format!(".Data.data.{}", key.name),
        None => format!(".{}.Value", key.name),
    })
}

/// What all jobs say about the network.
#[derive(serde::Serialize)]
struct NetworkView {
    network_mode: &'static str,
    host_network: bool,
    bridge: bool,
}

impl NetworkView {
    fn of(topology: &Topology) -> Self {
        let bridge = topology.nomad.network == NetworkMode::Bridge;
        Self {
            network_mode: if bridge { "bridge" } else { "host" },
            host_network: !bridge,
            bridge,
        }
    }
}

/// A port of a group.
#[derive(serde::Serialize, Clone)]
struct PortView {
    label: &'static str,
    number: u16,
    target: u16,
}
