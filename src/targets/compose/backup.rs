//! The views of `backup.sh` and `restore.sh`, which carry all volumes of the cluster away and back.
//!
//! Decides which volumes these are. Names in the scripts are those of nodes and of volumes, whose letters the rules bound, and the
//! destination of the snapshots, which is quoted.

use serde::Serialize;

use super::names::{Names, services, volume_of};
use crate::render::{self, Template, joined, template};
use crate::server::DATA_FOLDER;
use crate::targets::operations::always_quoted;
use crate::topology::Topology;

/// Where a bundled store has its data.
const STORE_FOLDER: &str = "/data";
/// Where the provisioning step has its marker.
const MARKER_FOLDER: &str = "/marker";

/// What both scripts begin with.
const PARTS: &[Template] = &[
    template!("compose/mounted.sh"),
    template!("compose/volumes.sh"),
    template!("operations/lock.sh"),
];

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    nodes: String,
    data_volumes: String,
    provision_volume: String,
    cluster_service: String,
    steps: String,
    services: String,
    places: String,
    volumes: String,
    external_store: bool,
    /// Whether nodes have TLS.
    tls: bool,
    snapshots: String,
}

/// `backup.sh`.
pub fn backup(topology: &Topology, command: &str) -> String {
    render(template!("compose/backup.sh"), topology, command)
}

/// `restore.sh`.
pub fn restore(topology: &Topology, command: &str) -> String {
    render(template!("compose/restore.sh"), topology, command)
}

fn render(template: Template, topology: &Topology, command: &str) -> String {
    render::render(template.including(&[PARTS]), &view(topology, command))
}

fn view<'a>(topology: &Topology, command: &'a str) -> View<'a> {
    let names = Names::of(topology);
    let nodes = topology.nodes.iter().map(|node| node.name.clone());
    let mut writers: Vec<(String, &str)> = nodes.map(|name| (name, DATA_FOLDER)).collect();
    writers.extend(names.store.clone().map(|store| (store, STORE_FOLDER)));
    let volumes =
        |writers: &[(String, &str)]| joined(writers.iter().map(|(name, _)| volume_of(name)), " ");
    let data_volumes = volumes(&writers);
    writers.push((names.provision.clone(), MARKER_FOLDER));
    let places = writers
        .iter()
        .map(|(name, path)| format!("{}={name}:{path}", volume_of(name)));
    let snapshots = topology.snapshots.as_ref();
    View {
        command,
        nodes: joined(topology.nodes.iter().map(|node| node.id), " "),
        data_volumes,
        provision_volume: volume_of(&names.provision),
        services: joined(services(topology), " "),
        steps: match names.store {
            Some(_) => format!("{} {}", names.bucket, names.provision),
            None => names.provision,
        },
        places: joined(places, " "),
        volumes: volumes(&writers),
        cluster_service: names.cluster,
        tls: topology.tls.is_some(),
        external_store: snapshots.is_some() && topology.object_store.bundled().is_none(),
        snapshots: always_quoted(snapshots.map_or("none", |snapshots| &snapshots.destination)),
    }
}
