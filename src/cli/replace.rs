//! `replace`: a new node for one that lost its disk.

use anyhow::Result;

use super::change::{self, Asked};
use super::terminal::Terminal;
use super::{Outcome, ReplaceArguments, input};
use crate::diagnostic::allow::Policy;
use crate::edit;
use crate::model::Section;
use crate::source::Document;
use crate::topology::NodeId;
use crate::topology::Topology;
use crate::validation::Deployed;

/// Plans it, and with `--write` makes the files.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, arguments: &ReplaceArguments) -> Result<Outcome> {
    let ReplaceArguments { node, file, change } = arguments;
    let deployed = input::deployed(file.as_deref())?;
    let name = deployed.document.name().to_owned();
    let cluster = match Deployed::of(&deployed.document, &Policy::default()) {
        Ok(cluster) => cluster,
        Err(report) => {
            terminal.report(&report);
            return Ok(Outcome::Findings);
        }
    };
    let folder = change.output.as_ref().unwrap_or(&deployed.folder);
    let on_kubernetes = change::found(folder, change.target)?.section == Some(Section::Kubernetes);
    let text = match edit::replaced(&deployed.document, cluster.cluster(), node, on_kubernetes) {
        Ok(text) => text,
        Err(refusal) => {
            terminal.refusal(format!("{name}: {}", refusal.message), &refusal.help);
            return Ok(Outcome::Findings);
        }
    };
    let lost = named(cluster.topology(), node);
    let suffix = deployed.command_suffix;
    let asked = Asked {
        after: Document::parse(&name, text),
        before: deployed.document,
        edited: Some(deployed.path),
        lost,
        folder: deployed.folder,
        command: format!(
            "restate-gen replace {}{suffix} --write",
            lost.map(|id| format!("N{id}")).unwrap_or_default()
        ),
        command_suffix: suffix,
    };
    change::run(terminal, asked, change)
}

/// The node of that name, `4` or `N4`.
fn named(topology: &Topology, node: &str) -> Option<NodeId> {
    let by_name = topology.nodes.iter().find(|known| known.name == node);
    let digits = node.strip_prefix('N').unwrap_or(node);
    let by_id = || {
        topology
            .nodes
            .iter()
            .find(|known| known.id.to_string() == digits)
    };
    by_name.or_else(by_id).map(|known| known.id)
}
