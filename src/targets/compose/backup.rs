//! The views of `backup.sh` and `restore.sh`, which carry all volumes of the cluster away and back.
//!
//! Decides which volumes these are. Names in the scripts are those of nodes and of volumes, whose letters the rules bound, and the
//! destination of the snapshots, which is quoted.

use serde::Serialize;

use super::names::{Names, volume_of};
use crate::render;
use crate::targets::operations::always_quoted;
use crate::topology::Topology;

/// Where the image of the server has its data, the store its own, and the provisioning step its marker.
const PATHS: [&str; 3] = ["/restate-data", "/data", "/marker"];

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    volumes_script: Vec<String>,
    nodes: String,
    data_volumes: String,
    provision_volume: String,
    cluster_service: String,
    steps: String,
    external_store: bool,
    snapshots: String,
}

/// The view of what both scripts begin with.
#[derive(Serialize)]
struct VolumesView {
    mounted_script: Vec<&'static str>,
    cluster_service: String,
    services: String,
    places: String,
    volumes: String,
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
    let names = Names::of(topology);
    let ids: Vec<String> = topology
        .nodes
        .iter()
        .map(|node| node.id.to_string())
        .collect();
    let store = names.store();
    let nodes = topology.nodes.iter().map(|node| node.name.clone());
    let mut writers: Vec<(String, &str)> = nodes.map(|name| (name, PATHS[0])).collect();
    writers.extend(store.iter().map(|store| (store.clone(), PATHS[1])));
    let data_volumes: Vec<String> = writers.iter().map(|(name, _)| volume_of(name)).collect();
    let mut services: Vec<String> = writers.iter().map(|(name, _)| name.clone()).collect();
    let steps: Vec<String> = store
        .iter()
        .map(|_| names.bucket())
        .chain([names.provision()])
        .collect();
    services.extend(steps.iter().cloned().chain([names.cluster()]));
    writers.push((names.provision(), PATHS[2]));
    let places: Vec<String> = writers
        .iter()
        .map(|(name, path)| format!("{}={name}:{path}", volume_of(name)))
        .collect();
    let volumes: Vec<String> = writers.iter().map(|(name, _)| volume_of(name)).collect();
    let volumes = VolumesView {
        mounted_script: include_str!("../../../templates/compose/mounted.sh")
            .lines()
            .collect(),
        cluster_service: names.cluster(),
        services: services.join(" "),
        places: places.join(" "),
        volumes: volumes.join(" "),
    };
    let volumes_script = render::render(
        "volumes.sh",
        include_str!("../../../templates/compose/volumes.sh"),
        &volumes,
    );
    let destination = topology
        .snapshots
        .as_ref()
        .map_or("none", |snapshots| &snapshots.destination);
    View {
        command,
        volumes_script: volumes_script.lines().map(str::to_owned).collect(),
        nodes: ids.join(" "),
        data_volumes: data_volumes.join(" "),
        provision_volume: names.provision_volume(),
        cluster_service: names.cluster(),
        steps: steps.join(" "),
        external_store: topology.snapshots.is_some() && store.is_none(),
        snapshots: always_quoted(destination),
    }
}
