//! `replace`: a new node for one that lost its disk.

use anyhow::{Result, bail};

use super::change::{self, Asked};
use super::deployed::DeployedFile;
use super::terminal::Terminal;
use super::{Outcome, ReplaceArguments};
use crate::edit;

/// Plans it, and with `--write` makes the files.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, arguments: &ReplaceArguments) -> Result<Outcome> {
    let ReplaceArguments { node, file, change } = arguments;
    let mut deployed = DeployedFile::find(terminal, file.as_deref(), change.output.as_deref())?;
    let before = deployed.before();
    let Some(cluster) = deployed.cluster(terminal) else {
        return Ok(Outcome::Findings);
    };
    let folder = change
        .output
        .as_deref()
        .unwrap_or(deployed.input.files_folder());
    let has_places = DeployedFile::has_places(change::found(folder, change.target)?);
    let lost = cluster.topology().node_called(node).map(|node| node.id);
    let edited = deployed.path.clone();
    let file_suffix = deployed.input.file_suffix().to_owned();
    let after = match (&edited, lost) {
        (Some(_), _) => {
            let document = &deployed.input.document;
            match edit::replaced(document, cluster.cluster(), node, has_places) {
                Ok(text) => deployed.with_text(text),
                Err(refusal) => {
                    let name = document.name();
                    terminal.refusal(format!("{name}: {}", refusal.message), &refusal.help);
                    return Ok(Outcome::Findings);
                }
            }
        }
        // The next id takes over where nodes are counted, and the record keeps that the old one is retired.
        (None, Some(lost)) if !has_places => {
            deployed.input.retire(lost);
            deployed.input
        }
        (None, Some(_)) => bail!(
            "the cluster file has to say which node takes over a pod, and there is none here\nwrite it with `restate-gen init --nodes {}`",
            cluster.topology().nodes.len()
        ),
        (None, None) => bail!("there is no node `{node}`"),
    };
    let lost_id = lost.map(|id| format!("N{id}")).unwrap_or_default();
    let asked = Asked {
        before,
        after,
        repeated: Vec::new(),
        edited,
        lost,
        command: format!("restate-gen replace {lost_id}{file_suffix} --write"),
    };
    change::run(terminal, asked, change)
}
