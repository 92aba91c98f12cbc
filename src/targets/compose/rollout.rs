//! The view of `rollout.sh`, which restarts one node at a time what no longer runs as the files say.
//!
//! Decides which services are the cluster's, and what of it must be whole before a node restarts. Names in the script are those
//! of nodes and services, whose letters the rules bound.

use serde::Serialize;

use super::names::{Names, services};
use crate::model::Role;
use crate::render::{self, joined, template};
use crate::server::DATA_FOLDER;
use crate::targets::operations::{self, ids, rows};
use crate::topology::{Node, Topology};

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    /// The server version of the files, for an image whose tag is another.
    version: &'a str,
    /// The nodes.
    nodes: String,
    /// The service that holds `restatectl`.
    cluster: &'a str,
    /// All services of the cluster.
    own: String,
    /// Those that restart before the nodes, with a space after each.
    before: String,
    /// Those that restart after them.
    after: String,
    /// Those that end on their own.
    steps: String,
    /// The nodes by id, as conditions name them.
    rows: String,
    ids: String,
    quorum: String,
    quorum_ids: String,
    /// Whether there are other nodes to wait for.
    several: bool,
    /// Whether nodes have TLS.
    tls: bool,
    /// Whether the store comes with the cluster.
    store: bool,
    names: &'a Names,
    data_folder: &'static str,
    service_format: &'static str,
    container_format: &'static str,
    image_format: &'static str,
    /// The function that says why nothing happens. Compose has no such function.
    why: Option<&'static str>,
}

/// `rollout.sh`.
pub fn render(topology: &Topology, command: &str) -> String {
    let names = Names::of(topology);
    let nodes: Vec<&Node> = topology.nodes.iter().collect();
    let members: Vec<&Node> = topology.nodes_with(Role::MetadataServer).collect();
    let by_name = |nodes: &[&Node]| joined(nodes.iter().map(|node| &node.name), " ");
    let node_names = by_name(&nodes);
    let (bucket, provision) = (&names.bucket, &names.provision);
    let (before, steps) = match &names.store {
        Some(store) => (
            format!("{store} {bucket} "),
            format!("{bucket} {provision}"),
        ),
        None => (String::new(), provision.clone()),
    };
    let view = View {
        command,
        version: topology.release.text(),
        cluster: &names.cluster,
        own: services(topology).join(" "),
        before,
        after: format!("{provision} {}", names.cluster),
        steps,
        rows: rows(nodes.iter().copied()),
        ids: ids(nodes.iter().map(|node| node.id), " "),
        quorum: by_name(&members),
        quorum_ids: ids(members.iter().map(|node| node.id), " "),
        several: nodes.len() > 1,
        tls: topology.tls.is_some(),
        store: names.store.is_some(),
        nodes: node_names,
        names: &names,
        data_folder: DATA_FOLDER,
        service_format: r#"{{index .Config.Labels "com.docker.compose.service"}}"#,
        container_format: r#"{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{index .Config.Labels "com.docker.compose.config-hash"}} {{index .Config.Labels "com.docker.compose.image"}}"#,
        image_format: "{{.Id}}",
        why: None,
    };
    render::render(
        template!("compose/rollout.sh").including(&[super::operations::PARTS, operations::PARTS]),
        &view,
    )
}
