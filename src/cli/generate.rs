//! The generating verbs: the same steps for every target.

use std::path::Path;

use anyhow::{Result, bail};

use super::files::{self, Selection};
use super::input::{self, Input};
use super::terminal::Terminal;
use super::{GenerateArguments, Outcome, overrides};
use crate::output::{self, FileChange, FileChangeKind, Foreign};
use crate::targets::{TARGETS, compose};
use crate::topology::Topology;

/// Generates the target's files, or those of the selection.
///
/// # Errors
/// When the cluster file cannot be read, or the files cannot be written, or would part nodes from their data.
pub fn run(
    terminal: &Terminal,
    arguments: GenerateArguments,
    verb: &'static str,
    selection: Option<&Selection>,
) -> Result<Outcome> {
    let name = selection.map_or(verb, |selection| selection.target);
    let output = arguments.output.clone();
    run_over(
        terminal,
        arguments,
        verb,
        |_| name,
        selection,
        |input| {
            input.give_section(name);
            match output {
                // What is printed depends on no folder.
                Some(path) if path == Path::new("-") => {}
                output => {
                    let folder = output.unwrap_or_else(|| input.folder.clone());
                    input.keep_names(terminal, &folder);
                }
            }
        },
    )
}

/// As [`run`], for the target that the topology asks for and with flags of the verb's own laid over the file.
///
/// # Errors
/// As those of [`run`].
pub fn run_over(
    terminal: &Terminal,
    arguments: GenerateArguments,
    verb: &'static str,
    target_of: impl FnOnce(&Topology) -> &'static str,
    selection: Option<&Selection>,
    lay_over: impl FnOnce(&mut Input),
) -> Result<Outcome> {
    let GenerateArguments {
        cluster,
        output,
        force,
        check,
        diff,
    } = arguments;
    if output.as_deref() == Some(Path::new("-")) && (check || diff) {
        bail!("--check and --diff compare with files, so they cannot be used with --output -");
    }
    let mut input = input::load(&cluster)?;
    lay_over(&mut input);
    let Some(topology) = input::topology(terminal, &input.document, verb) else {
        return Ok(Outcome::Findings);
    };
    let name = target_of(&topology);
    let target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("every verb has its target");
    let command = format!("restate-gen {}{}", target.verb, input.command_suffix);
    let mut tree = (target.render)(&topology, &command);
    if let Some(selection) = selection {
        tree = tree.only(selection.paths);
    }
    if output.as_deref() == Some(Path::new("-")) {
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
    files::notes(terminal, target.name, &folder, &changes);
    let compose = changes
        .iter()
        .find(|change| change.path.ends_with(compose::MAIN_FILE))
        .filter(|_| target.name == "compose");
    if let Some(change) = compose {
        overrides::warn_of_new_nodes(terminal, &folder, &change.before, &change.after);
        if let Some(refusal) = overrides::refusal(&folder, &change.after) {
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
        terminal.say(format!(
            "next: {}",
            files::next_command(target.name, &folder)
        ));
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
