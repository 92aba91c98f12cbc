//! The generating verbs: the same steps for every target.

use std::path::Path;

use anyhow::{Result, bail};

use super::terminal::Terminal;
use super::{Generate, GenerateArguments, Outcome, files, input, overrides};
use crate::model::Section;
use crate::output::{self, FileChange, FileChangeKind, Foreign};

/// Generates all files of the verb's target, or those of the selection, the main one first.
///
/// # Errors
/// When the cluster file cannot be read, or the files cannot be written, or would part nodes from their data.
pub fn run(
    terminal: &Terminal,
    generate: Generate,
    selection: Option<&[&'static str]>,
) -> Result<Outcome> {
    let Generate {
        orchestrator,
        arguments,
        flags,
    } = generate;
    let GenerateArguments {
        cluster,
        output,
        force,
        check,
        diff,
    } = arguments;
    let is_printed = output.as_deref() == Some(Path::new("-"));
    if is_printed && (check || diff) {
        bail!("--check and --diff compare with files, so they cannot be used with --output -");
    }
    let mut input = input::load(&cluster)?;
    input.give_section(orchestrator.section);
    for (flag, value) in flags {
        input.override_key(orchestrator.section, flag, value);
    }
    // What is printed depends on no folder.
    if orchestrator.section == Some(Section::Compose) && !is_printed {
        let folder = output.clone().unwrap_or_else(|| input.folder.clone());
        input.keep_names(terminal, &folder);
    }
    let section = orchestrator.section.filter(|_| selection.is_none());
    let Some(topology) = input::topology(terminal, &input.document, section) else {
        return Ok(Outcome::Findings);
    };
    let target = orchestrator.target(&topology);
    let command = format!("restate-gen {}{}", target.verb, input.command_suffix);
    let mut tree = (target.render)(&topology, &command);
    if let Some(paths) = selection {
        tree = tree.only(paths);
    }
    if is_printed {
        let text = if selection.is_some() {
            tree.main().text.clone()
        } else {
            (target.stream)(&tree)
        };
        terminal.print(&text)?;
        return Ok(Outcome::Well);
    }
    let folder = output.unwrap_or(input.folder);
    let foreign = if force {
        Foreign::Replace
    } else {
        Foreign::Refuse
    };
    let changes = output::changes(&tree, &folder, foreign)?;
    files::notes(terminal, orchestrator, &folder, &changes);
    let is_main = |change: &&FileChange| change.path.ends_with(orchestrator.main_file);
    if let Some(change) = changes.iter().find(is_main) {
        let merged = overrides::read(orchestrator, &folder);
        overrides::warn_of_new_nodes(terminal, &merged, &change.before, &change.after);
        if let Some(refusal) = overrides::refusal(&merged, &change.after) {
            terminal.refusal(&refusal.message, &refusal.help);
            return Ok(Outcome::Findings);
        }
    }
    if check || diff {
        return compare(terminal, &changes, diff);
    }
    if let Some(refusal) = files::refusal(&changes) {
        bail!(refusal);
    }
    output::write(&[&folder], &changes)?;
    for change in &changes {
        terminal.say(files::what_became_of(change));
    }
    if selection.is_none() {
        terminal.say(format!("next: {}", files::in_folder(&folder, target.next)));
    }
    Ok(Outcome::Well)
}

/// Says what would change, without a byte of what is private.
fn compare(terminal: &Terminal, changes: &[FileChange], diff: bool) -> Result<Outcome> {
    let drifted: Vec<&FileChange> = changes
        .iter()
        // `.env` is the user's and never committed: a checkout without one has not drifted.
        .filter(|change| change.kind != FileChangeKind::Unchanged && !change.is_private)
        .collect();
    for change in &drifted {
        let what = if change.kind == FileChangeKind::Created {
            "is missing"
        } else {
            "is out of date"
        };
        terminal.say(format!("{} {what}", change.path.display()));
        if diff {
            let name = change.path.display().to_string();
            let lines = similar::TextDiff::from_lines(&change.before, &change.after);
            terminal.print(&lines.unified_diff().header(&name, &name).to_string())?;
        }
    }
    Ok(if drifted.is_empty() {
        Outcome::Well
    } else {
        Outcome::Findings
    })
}
