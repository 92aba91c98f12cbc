//! The command alone: what is in the folder, and what to do next.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::recorded::Recorded;
use super::terminal::Terminal;
use super::{ClusterArguments, Outcome, files, input, plans};
use crate::diagnostic::Severity;
use crate::diagnostic::allow::Policy;
use crate::record;
use crate::targets;
use crate::validation::validate_for;

/// Says it; where there is neither a cluster file nor a record there is nothing to say.
///
/// # Errors
/// When the cluster file or a record cannot be read.
pub fn run(terminal: &Terminal) -> Result<Option<Outcome>> {
    let file = match std::env::var_os("RESTATE_GEN_FILE") {
        Some(file) => Some(PathBuf::from(file)),
        None => input::found(terminal)?,
    };
    if file.is_none() && !Path::new(record::FILE).exists() {
        return Ok(None);
    }
    let mut input = input::load(terminal, &ClusterArguments { file, nodes: None })?;
    let next_to = input.files_folder().to_path_buf();
    // Files of a second orchestrator are in a folder of its name.
    let below = targets::orchestrators().map(|orchestrator| next_to.join(orchestrator.verb));
    let mut folders = Vec::new();
    for folder in std::iter::once(next_to.clone()).chain(below) {
        if let Some(recorded) = Recorded::read(&folder)? {
            folders.push((folder, recorded));
        }
    }
    let mut is_same = true;
    let mut section = None;
    if let Some((_, recorded)) = folders.first() {
        input.repeat_flags(recorded);
        is_same = input.is_as_recorded(recorded);
        recorded.pin(&mut input.document);
        section = recorded.target.orchestrator.section;
    }
    let validation = validate_for(&input.document, &Policy::default(), section);
    let errors = validation.report.count(Severity::Error);
    let mut next = match folders.is_empty() {
        true => "restate-gen compose, or kubernetes, or nomad: generates all files".to_owned(),
        false if !is_same => "restate-gen plan: the cluster file has changed since the files were generated".to_owned(),
        false => "restate-gen drift: compares the generated files; to change the cluster, edit the cluster file and run restate-gen plan".to_owned(),
    };
    let mut lines = Vec::new();
    if let Some(path) = input.path() {
        lines.push(match validation.topology() {
            Some(topology) => {
                let says = describe(topology.nodes.len(), topology.release.text());
                format!("{}: {says}", path.display())
            }
            None => {
                next = "restate-gen validate: says what is wrong".to_owned();
                format!(
                    "{}: not sound, {}",
                    path.display(),
                    counted(errors, "error")
                )
            }
        });
    }
    for (folder, recorded) in &folders {
        let cluster = &recorded.record.cluster;
        lines.push(format!(
            "{}: files of `{}`, {}",
            folder.join(record::FILE).display(),
            recorded.record.command,
            describe(cluster.nodes.len(), &cluster.version)
        ));
        let half_done = plans::half_done(folder)?;
        let operations = folder.join(plans::OPERATIONS);
        for name in plans::unfinished(&operations)? {
            let plan = operations.join(&name);
            let state = match half_done.as_ref() == Some(&plan) {
                true => "half done",
                false => "waits to be run",
            };
            lines.push(format!("{}: {state}", plan.display()));
            let script = format!("sh {}/{name}/run.sh", plans::OPERATIONS);
            next = files::in_folder(folder, &script);
        }
    }
    lines.push(format!("next: {next}"));
    lines.push("all commands: restate-gen --help".to_owned());
    terminal.print(&(lines.join("\n") + "\n"))?;
    Ok(Some(Outcome::Well))
}

fn describe(nodes: usize, version: &str) -> String {
    format!("{}, server {version}", counted(nodes, "node"))
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
