//! The picture as a drawing, in the languages of Mermaid and Graphviz.

use indexmap::IndexMap;
use serde::Serialize;

use super::{NodeOf, Picture, Store};
use crate::model::Role;
use crate::render::{self, Template, template};

/// Beyond so many nodes a drawing shows only the first ones of each location: nobody reads a thousand boxes.
const MOST_NODES: usize = 40;
/// How many of each location it then shows.
const MOST_OF_A_LOCATION: usize = 4;

#[derive(Serialize)]
struct View<'p> {
    cluster: String,
    locations: Vec<LocationView<'p>>,
    store: Option<String>,
}

#[derive(Serialize)]
struct LocationView<'p> {
    /// Its number, from 1.
    number: usize,
    /// The cluster's name for the nodes without one.
    name: &'p str,
    nodes: Vec<NodeView<'p>>,
    /// What is said of the nodes that are not shown; none where all are.
    others: Option<String>,
}

#[derive(Serialize)]
struct NodeView<'p> {
    id: u32,
    name: &'p str,
    roles: String,
    is_member: bool,
    is_down: bool,
    /// The port that clients send requests to; none where the node takes none.
    ingress: Option<u16>,
    writes_snapshots: bool,
}

/// In Mermaid's language: `flowchart LR`.
pub fn mermaid(picture: &Picture) -> String {
    draw(template!("picture/cluster.mmd"), picture)
}

/// In Graphviz's language.
pub fn dot(picture: &Picture) -> String {
    draw(template!("picture/cluster.dot"), picture)
}

fn draw(template: Template, picture: &Picture) -> String {
    let mut by_location: IndexMap<&str, Vec<&NodeOf>> = IndexMap::new();
    for node in &picture.nodes {
        by_location.entry(&node.location).or_default().push(node);
    }
    let most = match picture.nodes.len() {
        0..=MOST_NODES => MOST_NODES,
        _ => MOST_OF_A_LOCATION,
    };
    let has_snapshots = picture
        .object_store
        .as_ref()
        .is_some_and(|store| store.snapshots.is_some());
    let locations = by_location.into_iter().zip(1..);
    let locations = locations.map(|((name, nodes), number)| LocationView {
        number,
        name: if name.is_empty() {
            &picture.cluster
        } else {
            name
        },
        others: (nodes.len() > most).then(|| others(&nodes[most..])),
        nodes: nodes
            .into_iter()
            .take(most)
            .map(|node| view(node, has_snapshots))
            .collect(),
    });
    render::render(
        template,
        &View {
            cluster: in_quotes(&picture.cluster),
            locations: locations.collect(),
            store: picture.object_store.as_ref().map(store),
        },
    )
}

fn view(node: &NodeOf, has_snapshots: bool) -> NodeView<'_> {
    let has = |role: Role| node.roles.contains(&role.name());
    let ingress = node
        .ports
        .iter()
        .find(|port| port.name == crate::model::PortName::Ingress.name());
    NodeView {
        id: node.id,
        name: &node.name,
        roles: node.roles.join(" "),
        is_member: has(Role::MetadataServer),
        is_down: node.down,
        ingress: ingress.map(|port| port.number),
        writes_snapshots: has_snapshots && has(Role::Worker),
    }
}

/// `996 more nodes, 2 of them down`.
fn others(nodes: &[&NodeOf]) -> String {
    let down = nodes.iter().filter(|node| node.down).count();
    match down {
        0 => format!("{} more nodes", nodes.len()),
        _ => format!("{} more nodes, {down} of them down", nodes.len()),
    }
}

fn store(Store { kind, snapshots }: &Store) -> String {
    match snapshots {
        Some(snapshots) => format!("{kind}: {}", in_quotes(snapshots)),
        None => (*kind).to_owned(),
    }
}

/// The text between double quotes, which neither language can escape in the same way.
fn in_quotes(text: &str) -> String {
    text.replace(['"', '\\'], "'")
}
