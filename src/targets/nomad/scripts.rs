//! The views of `volume.hcl`, `prepare.sh`, `rollout.sh` and `restatectl.sh`: what people run besides the jobs.
//!
//! Names in the scripts are those of jobs, nodes, hosts and locations, whose letters the schema and the rules bound.

use minijinja::Value;
use serde::Serialize;

use super::{PoolView, VolumeView, nodes};
use crate::model::nomad::VolumeKind;
use crate::render;
use crate::server::credentials::bundled_keys;
use crate::topology::Topology;

#[derive(Serialize)]
struct VolumeFileView<'a> {
    command: Value,
    plugin: &'a str,
    size: String,
    pool_of_volumes: bool,
    #[serde(flatten)]
    pool: PoolView,
    #[serde(flatten)]
    volumes: VolumeView,
}

#[derive(Serialize)]
struct PrepareView<'a> {
    command: &'a str,
    namespace: &'a str,
    job: &'a str,
    store_job: String,
    distinct_hosts: bool,
    dynamic_volumes: bool,
    csi_volumes: bool,
    made_volumes: bool,
    node_volumes: String,
    volumes: Vec<String>,
    has_spread: bool,
    spread_attribute: &'a str,
    spread_filter: String,
    spread_most: u32,
    makes_secret: bool,
    wants_secret: bool,
    own_item: &'static str,
    nodes_item: &'static str,
    secret_items: String,
}

#[derive(Serialize)]
struct JobView<'a> {
    command: &'a str,
    namespace: &'a str,
    job: &'a str,
}

/// `volume.hcl`.
pub fn volume(topology: &Topology, command: &str) -> String {
    render::render(
        "volume.hcl",
        include_str!("../../../templates/nomad/volume.hcl"),
        &VolumeFileView {
            command: super::verbatim(command),
            plugin: &topology.nomad.volume_plugin,
            size: topology.volumes.size.to_string(),
            // A CSI plugin knows nothing of pools.
            pool_of_volumes: topology.nomad.volume == VolumeKind::Dynamic
                && topology.nomad.node_pool.is_some(),
            pool: PoolView::of(topology),
            volumes: VolumeView::of(topology),
        },
    )
}

/// `prepare.sh`.
pub fn prepare(topology: &Topology, command: &str) -> String {
    let VolumeView {
        dynamic_volumes,
        csi_volumes,
        made_volumes,
        ..
    } = VolumeView::of(topology);
    let spread = topology.nomad.spread.as_ref();
    let in_vault = topology.nomad.vault.is_some();
    let is_bundled = topology.object_store.bundled().is_some();
    let keys = bundled_keys(&topology.object_store);
    let secrets: Vec<&str> = super::secret_keys(topology).map(|key| key.name).collect();
    // What is in Vault is no matter of this script, nor what it makes itself.
    let wanted: Vec<&str> = match in_vault {
        true => Vec::new(),
        false => secrets
            .iter()
            .copied()
            .filter(|_| !is_bundled)
            .chain(super::file_items(topology))
            .collect(),
    };
    let node_volumes: Vec<String> = topology
        .nodes
        .iter()
        .map(|node| super::node_volume(topology, node))
        .collect();
    render::render(
        "prepare.sh",
        include_str!("../../../templates/nomad/prepare.sh"),
        &PrepareView {
            command,
            namespace: &topology.nomad.namespace,
            job: &topology.nomad.job,
            store_job: super::store_job(topology),
            distinct_hosts: !topology.nomad.one_host,
            dynamic_volumes,
            csi_volumes,
            made_volumes,
            node_volumes: node_volumes.join(" "),
            volumes: volumes(topology),
            has_spread: spread.is_some(),
            spread_attribute: spread.map_or("", |spread| &spread.attribute),
            spread_filter: spread
                .map(|spread| filter(&spread.attribute))
                .unwrap_or_default(),
            spread_most: spread.map_or(0, |spread| spread.most),
            makes_secret: is_bundled && !in_vault,
            wants_secret: !wanted.is_empty(),
            own_item: keys.as_ref().map_or("", |keys| keys.own_secret.name),
            nodes_item: keys.as_ref().map_or("", |keys| keys.nodes_secret.name),
            secret_items: wanted.join(" "),
        },
    )
}

/// How jq finds an attribute in what `nomad node status -json` says of a client.
fn filter(attribute: &str) -> String {
    match attribute.split_once('.') {
        Some(("attr", name)) => format!(".Attributes[\"{name}\"]"),
        Some(("meta", name)) => format!(".Meta[\"{name}\"]"),
        Some(("node", "class")) => ".NodeClass".into(),
        Some(("node", "pool")) => ".NodePool".into(),
        _ => ".Datacenter".into(),
    }
}

/// The volumes that are made, each with the attributes that its client must have.
fn volumes(topology: &Topology) -> Vec<String> {
    let of_nodes = topology.nodes.iter().enumerate().map(|(index, node)| {
        let host = topology.nomad.hosts.get(index);
        // A CSI plugin knows nothing of clients.
        let place = if topology.nomad.volume == VolumeKind::Dynamic {
            nodes::place(topology, node, host)
        } else {
            Vec::new()
        };
        let place: String = place
            .iter()
            .map(|(attribute, value)| format!(" {attribute} '{value}'"))
            .collect();
        format!("{}{place}", super::node_volume(topology, node))
    });
    let store = topology
        .object_store
        .bundled()
        .map(|_| super::store_job(topology));
    of_nodes
        .chain(store)
        .chain([super::provision_job(topology)])
        .collect()
}

/// `rollout.sh`.
pub fn rollout(topology: &Topology, command: &str) -> String {
    render::render(
        "rollout.sh",
        include_str!("../../../templates/nomad/rollout.sh"),
        &job(topology, command),
    )
}

/// `restatectl.sh`.
pub fn restatectl(topology: &Topology, command: &str) -> String {
    render::render(
        "restatectl.sh",
        include_str!("../../../templates/nomad/restatectl.sh"),
        &job(topology, command),
    )
}

fn job<'a>(topology: &'a Topology, command: &'a str) -> JobView<'a> {
    JobView {
        command,
        namespace: &topology.nomad.namespace,
        job: &topology.nomad.job,
    }
}
