//! The picture as a table, for a terminal.

use serde::Serialize;

use super::{Effect, NodeOf, OutageOf, Picture};
use crate::diagnostic::listed;
use crate::render::{self, template};

#[derive(Serialize)]
struct View<'p> {
    picture: &'p Picture,
    /// `1 node` or `5 nodes`.
    nodes: String,
    /// As `nodes`.
    may_fail: String,
    /// The head and a line for each node.
    lines: Vec<String>,
    /// The nodes that are down, with `is` or `are`; none where none is.
    down: Option<String>,
    effects: Vec<EffectView<'p>>,
}

#[derive(Serialize)]
struct EffectView<'p> {
    /// `yes` or `NO`, as wide as each other.
    works: &'static str,
    what: &'static str,
    why: &'p str,
}

/// The picture as a table.
pub fn table(picture: &Picture) -> String {
    let outage = picture.outage.as_ref();
    render::render(
        template!("picture/table.txt"),
        &View {
            picture,
            nodes: counted(picture.nodes.len()),
            may_fail: counted(picture.survives.nodes),
            lines: lines(picture),
            down: outage.map(|OutageOf { nodes, .. }| {
                let verb = if nodes.len() == 1 { "is" } else { "are" };
                format!("{} {verb}", listed(nodes))
            }),
            effects: outage.map_or_else(Vec::new, |outage| {
                outage.effects.iter().map(effect).collect()
            }),
        },
    )
}

fn effect(Effect { what, works, why }: &Effect) -> EffectView<'_> {
    EffectView {
        works: if *works { "yes" } else { "NO " },
        what,
        why,
    }
}

fn counted(nodes: usize) -> String {
    match nodes {
        1 => "1 node".into(),
        _ => format!("{nodes} nodes"),
    }
}

/// A line for each node under a head, in columns that are as wide as they must be.
fn lines(picture: &Picture) -> Vec<String> {
    let has_locations = picture.nodes.iter().any(|node| !node.location.is_empty());
    let row = |node: &NodeOf| {
        let ports: Vec<String> = node
            .ports
            .iter()
            .map(|port| port.number.to_string())
            .collect();
        let mut cells = vec![format!("N{}", node.id), node.name.clone()];
        if has_locations {
            cells.push(node.location.clone());
        }
        cells.push(ports.join(" "));
        let state = if node.down { "down: " } else { "" };
        cells.push(format!("{state}{}", node.roles.join(" ")));
        cells
    };
    let mut head = vec!["ID", "NAME"];
    if has_locations {
        head.push("LOCATION");
    }
    head.extend(["PORTS", "ROLES"]);
    let head = head.into_iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(picture.nodes.iter().map(row))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
