//! `scale`: adds or removes nodes.

use std::path::Path;

use anyhow::{Result, bail};

use super::change::{self, Asked};
use super::deployed::DeployedFile;
use super::terminal::Terminal;
use super::{Outcome, ScaleArguments};
use crate::edit;
use crate::source;

/// Plans it, and with `--write` makes the files.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, arguments: &ScaleArguments) -> Result<Outcome> {
    let ScaleArguments {
        file,
        nodes,
        to,
        change,
    } = arguments;
    let mut deployed = DeployedFile::find(terminal, file.as_deref(), change.output.as_deref())?;
    let before = deployed.before();
    let path = deployed.path.clone();
    let file_suffix = deployed.input.file_suffix().to_owned();
    let (after, edited, how) = match (nodes, to) {
        (_, Some(to)) => {
            if to == Path::new("-") {
                bail!("--to needs a file, which is read again when the plan is made again");
            }
            let Some(path) = path else {
                bail!(
                    "--to takes the place of the cluster file, and there is none here; pass --nodes"
                );
            };
            let text = source::load(to)?.text().to_owned();
            let name = to.file_name().unwrap_or_default().to_string_lossy();
            (deployed.with_text(text), Some(path), format!("--to {name}"))
        }
        (Some(nodes), None) => {
            let Ok(count) = nodes.parse::<u32>() else {
                bail!("--nodes needs a number, got `{nodes}`");
            };
            let how = format!("--nodes {count}");
            let counts_by_flag = deployed.input.has_flag("nodes");
            if counts_by_flag {
                deployed.input.set_flag("nodes", count.into());
                (deployed.input, None, how)
            } else {
                let Some(cluster) = deployed.cluster(terminal) else {
                    return Ok(Outcome::Findings);
                };
                let folder = change
                    .output
                    .as_deref()
                    .unwrap_or(deployed.input.files_folder());
                let orchestrator = change::found(folder, change.target)?;
                let has_places = DeployedFile::has_places(orchestrator);
                let document = &deployed.input.document;
                match edit::scaled(document, cluster.cluster(), count, has_places) {
                    Ok(text) => (deployed.with_text(text), path, how),
                    Err(refusal) => {
                        let name = document.name();
                        terminal.refusal(format!("{name}: {}", refusal.message), &refusal.help);
                        return Ok(Outcome::Findings);
                    }
                }
            }
        }
        (None, None) => {
            bail!("pass the new number of nodes with --nodes, or the new cluster file with --to")
        }
    };
    let asked = Asked {
        before,
        after,
        repeated: Vec::new(),
        edited,
        lost: None,
        command: format!("restate-gen scale{file_suffix} {how} --write"),
    };
    change::run(terminal, asked, change)
}
