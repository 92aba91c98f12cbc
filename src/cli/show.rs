//! `show`: the cluster at a glance, and what still works while certain nodes are down.

use anyhow::{Result, bail};

use super::terminal::Terminal;
use super::{Outcome, PictureFormat, ShowArguments, input};
use crate::diagnostic::allow::Policy;
use crate::diagnostic::quoted;
use crate::diagnostic::suggest::closest;
use crate::picture::{self, Picture};
use crate::topology::location::region;
use crate::topology::{NodeId, Topology};
use crate::validation::validate;

/// Prints it.
///
/// # Errors
/// When the file cannot be read, nothing is called as `--lose` says, or stdout cannot be written to.
pub fn run(terminal: &Terminal, arguments: &ShowArguments) -> Result<Outcome> {
    let ShowArguments {
        cluster,
        format,
        lose,
    } = arguments;
    let mut input = input::load(terminal, cluster)?;
    input.keep_prefix();
    let validation = validate(&input.document, &Policy::default());
    terminal.report(&validation.report);
    let Some(topology) = validation.topology() else {
        return Ok(Outcome::Findings);
    };
    let down = down(&topology, lose)?;
    let picture = Picture::of(&topology, &down);
    let print = match format {
        PictureFormat::Table => picture::table,
        PictureFormat::Mermaid => picture::mermaid,
        PictureFormat::Dot => picture::dot,
        PictureFormat::Json => picture::print_json,
    };
    terminal.print(&print(&picture))?;
    Ok(Outcome::Well)
}

/// The nodes that are meant: by name or id, `zone:REGION.ZONE` or `region:REGION`.
fn down(topology: &Topology, lose: &[String]) -> Result<Vec<NodeId>> {
    let mut down = Vec::new();
    for text in lose {
        let found: Vec<NodeId> = if let Some(location) = text.strip_prefix("zone:") {
            at(topology, |of_node| of_node == location)
        } else if let Some(name) = text.strip_prefix("region:") {
            at(topology, |of_node| region(of_node) == Some(name))
        } else {
            let node = topology.node_called(text);
            node.map(|node| node.id).into_iter().collect()
        };
        if found.is_empty() {
            bail!("{}", nothing_called(topology, text));
        }
        down.extend(found);
    }
    Ok(down)
}

/// The nodes whose location is meant.
fn at(topology: &Topology, is_meant: impl Fn(&str) -> bool) -> Vec<NodeId> {
    let nodes = topology.nodes.iter();
    let nodes = nodes.filter(|node| is_meant(&node.location));
    nodes.map(|node| node.id).collect()
}

/// That there is no such node or location, and what was most likely meant.
fn nothing_called(topology: &Topology, text: &str) -> String {
    let nodes = topology.nodes.iter();
    let mut known: Vec<String> = nodes.clone().map(|node| node.name.clone()).collect();
    for node in nodes {
        known.push(format!("zone:{}", node.location));
        let region = region(&node.location);
        known.extend(region.map(|region| format!("region:{region}")));
    }
    let help = match closest(text, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "name nodes, `zone:REGION.ZONE` or `region:REGION`, with commas between them; `restate-gen show` lists them".to_owned(),
    };
    format!("no node is called {}\n{help}", quoted(text))
}
