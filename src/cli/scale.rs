//! `scale`: adds or removes nodes.

use std::path::Path;

use anyhow::{Result, bail};

use super::change::{self, Asked};
use super::terminal::Terminal;
use super::{Outcome, ScaleArguments, input};
use crate::diagnostic::allow::Policy;
use crate::edit;
use crate::model::Section;
use crate::source::{self, Document};
use crate::validation::Deployed;

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
    let deployed = input::deployed(file.as_deref())?;
    let name = deployed.document.name().to_owned();
    let (text, how) = match (nodes, to) {
        (_, Some(path)) => {
            if path == Path::new("-") {
                bail!("--to needs a file, which is read again when the plan is made again");
            }
            let document = source::load(path)?;
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            (document.text().to_owned(), format!("--to {file}"))
        }
        (Some(nodes), None) => {
            let cluster = match Deployed::of(&deployed.document, &Policy::default()) {
                Ok(cluster) => cluster,
                Err(report) => {
                    terminal.report(&report);
                    return Ok(Outcome::Findings);
                }
            };
            let Ok(count) = nodes.parse::<u32>() else {
                bail!("--nodes needs a number, got `{nodes}`");
            };
            let folder = change.output.as_ref().unwrap_or(&deployed.folder);
            let on_kubernetes =
                change::found(folder, change.target)?.section == Some(Section::Kubernetes);
            match edit::scaled(&deployed.document, cluster.cluster(), count, on_kubernetes) {
                Ok(text) => (text, format!("--nodes {count}")),
                Err(refusal) => {
                    terminal.refusal(format!("{name}: {}", refusal.message), &refusal.help);
                    return Ok(Outcome::Findings);
                }
            }
        }
        (None, None) => {
            bail!("pass the new number of nodes with --nodes, or the new cluster file with --to")
        }
    };
    let suffix = deployed.command_suffix;
    let asked = Asked {
        after: Document::parse(&name, text),
        before: deployed.document,
        edited: Some(deployed.path),
        lost: None,
        folder: deployed.folder,
        command: format!("restate-gen scale{suffix} {how} --write"),
        command_suffix: suffix,
    };
    change::run(terminal, asked, change)
}
