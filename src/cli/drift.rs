//! `drift`: whether what is in the folders is what the tool generates, for every record below them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::input::Input;
use super::recorded::Recorded;
use super::terminal::Terminal;
use super::{DriftArguments, Generate, GenerateArguments, Outcome, generate, plans};
use crate::record;

/// Compares every folder that has a record with what its own verb would generate, as that verb's `--check` does.
///
/// # Errors
/// When there is no record, or a file cannot be read.
pub fn run(terminal: &Terminal, arguments: DriftArguments) -> Result<Outcome> {
    let DriftArguments { folders, format } = arguments;
    terminal.write_findings_as(format);
    let mut found = Vec::new();
    for folder in &folders {
        walk(folder.strip_prefix(".").unwrap_or(folder), &mut found)?;
    }
    let mut records = Vec::new();
    for folder in &found {
        if let Some(recorded) = Recorded::read(folder)? {
            records.push((folder, recorded));
        }
    }
    if records.is_empty() {
        bail!(
            "there is no {} in the folders or below them, so there is nothing to compare with\ngenerate the files first, and commit it with them",
            record::FILE
        );
    }
    let (mut outcome, mut failures) = (Outcome::Well, Vec::new());
    for (folder, recorded) in records {
        match compare(terminal, folder, &recorded, &found) {
            Ok(Outcome::Well) => {}
            Ok(Outcome::Findings) => outcome = Outcome::Findings,
            Err(error) => failures.push(error),
        }
    }
    // The last one is reported by who called.
    let last = failures.pop();
    for failure in &failures {
        terminal.failure(failure);
    }
    last.map_or(Ok(outcome), Err)
}

fn compare(
    terminal: &Terminal,
    folder: &Path,
    recorded: &Recorded,
    others: &[PathBuf],
) -> Result<Outcome> {
    let input = input(folder, recorded, others)?;
    let generate = Generate {
        orchestrator: recorded.target.orchestrator,
        arguments: GenerateArguments::check(folder),
        flags: Vec::new(),
    };
    generate::run_on(terminal, input, generate, None)
}

/// The folder and those below it, in the order of their names; none of git's own, none behind a link, and none of plans,
/// whose files wait to be put in place.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let here = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let cannot_read = || format!("cannot read {}", here.display());
    let has_record = folder.join(record::FILE).exists();
    let mut below = Vec::new();
    for entry in std::fs::read_dir(here).with_context(cannot_read)? {
        let entry = entry.with_context(cannot_read)?;
        let is_folder = entry.file_type().with_context(cannot_read)?.is_dir();
        let name = entry.file_name();
        let is_of_plans = has_record && name == plans::OPERATIONS;
        if is_folder && !is_of_plans && name != ".git" {
            below.push(folder.join(name));
        }
    }
    below.sort();
    found.push(folder.to_path_buf());
    below.iter().try_for_each(|folder| walk(folder, found))
}

/// What the files of a folder were made from, as it is now.
fn input(folder: &Path, recorded: &Recorded, others: &[PathBuf]) -> Result<Input> {
    let name = &recorded.record.cluster_file.name;
    // What was no file is in the record alone.
    if name.is_empty() || name == "-" {
        return Ok(Input::of_record(recorded, folder));
    }
    let Some(path) = recorded.cluster_file(folder, others) else {
        bail!(
            "{}: {name} is not where `{}` had it, so it is unknown whether the files are out of date\nname a folder that has both, or generate the files again from where {name} is now",
            folder.join(record::FILE).display(),
            recorded.record.command
        );
    };
    let mut input = Input::of_file(&path)?;
    input.repeat_flags(recorded);
    Ok(input)
}
