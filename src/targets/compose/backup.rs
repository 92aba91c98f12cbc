//! The views of `backup.sh` and `restore.sh`, which carry all volumes of the cluster away and back.
//!
//! Decides which volumes these are. Names in the scripts are those of nodes and of volumes, whose letters the rules bound, and the
//! destination of the snapshots, which is quoted.

use serde::Serialize;

use super::names::{Names, volume_of};
use crate::render;
use crate::targets::operations::always_quoted;
use crate::topology::Topology;

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    volumes_script: Vec<&'static str>,
    nodes: String,
    cluster_service: String,
    provision_volume: String,
    volumes: String,
    data_volumes: String,
    external_store: bool,
    snapshots: String,
}

/// `backup.sh`.
pub fn backup(topology: &Topology, command: &str) -> String {
    render::render(
        "backup.sh",
        include_str!("../../../templates/compose/backup.sh"),
        &view(topology, command),
    )
}

/// `restore.sh`.
pub fn restore(topology: &Topology, command: &str) -> String {
    render::render(
        "restore.sh",
        include_str!("../../../templates/compose/restore.sh"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &Topology, command: &'a str) -> View<'a> {
    let nodes: Vec<String> = topology
        .nodes
        .iter()
        .map(|node| node.id.to_string())
        .collect();
    let names = Names::of(topology);
    let mut volumes: Vec<String> = topology
        .nodes
        .iter()
        .map(|node| volume_of(&node.name))
        .collect();
    volumes.extend(names.store().map(|store| volume_of(&store)));
    let data_volumes = volumes.join(" ");
    let destination = topology
        .snapshots
        .as_ref()
        .map_or("none", |snapshots| &snapshots.destination);
    View {
        command,
        volumes_script: include_str!("../../../templates/compose/volumes.sh")
            .lines()
            .collect(),
        nodes: nodes.join(" "),
        cluster_service: names.cluster(),
        volumes: format!("{data_volumes} {}", names.provision_volume()),
        provision_volume: names.provision_volume(),
        data_volumes,
        external_store: topology.snapshots.is_some() && names.store().is_none(),
        snapshots: always_quoted(destination),
    }
}
