//! `plan`: the change from what was generated to what the cluster file says now, or from one file to another.

use std::path::Path;

use anyhow::{Result, bail};

use super::change::{self, Asked};
use super::input::{self, Input};
use super::recorded::{self, Recorded};
use super::terminal::Terminal;
use super::{Outcome, PlanArguments};
use crate::record;
use crate::source;

/// Plans it, and with `--write` makes the files.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, arguments: &PlanArguments) -> Result<Outcome> {
    let PlanArguments {
        old,
        new,
        cluster,
        change,
    } = arguments;
    let asked = match (old, new) {
        (Some(old), Some(new)) => between(old, new)?,
        _ => {
            let input = input::load(terminal, cluster)?;
            let folder = change.output.as_deref();
            let folder = folder.unwrap_or(input.files_folder()).to_owned();
            if let Some(refusal) = change::refusal_without_record(&folder, change.target)? {
                terminal.refusal(&refusal.message, &refusal.help);
                return Ok(Outcome::Findings);
            }
            from_the_record(input, &folder)?
        }
    };
    change::run(terminal, asked, change)
}

/// The change from one file to another.
fn between(old: &Path, new: &Path) -> Result<Asked> {
    if [old, new].iter().all(|path| *path == Path::new("-")) {
        bail!("only one of the two files can be standard input");
    }
    let before = source::load(old)?;
    let names: Vec<_> = [old, new]
        .into_iter()
        .map(|path| path.file_name().unwrap_or_default().to_string_lossy())
        .collect();
    Ok(Asked {
        before,
        after: Input::of_file(new)?,
        repeated: Vec::new(),
        edited: None,
        lost: None,
        command: format!("restate-gen plan {} --write", names.join(" ")),
    })
}

/// The change from what was generated to what the cluster file says now.
fn from_the_record(mut after: Input, folder: &Path) -> Result<Asked> {
    let Some(recorded) = Recorded::read(folder)? else {
        bail!(
            "there is no {} in {}, so it is unknown what runs\npass the deployed file and the new one, `restate-gen plan OLD NEW`, or the folder of the generated files with --output",
            record::FILE,
            recorded::shown(folder)
        );
    };
    let repeated = after.repeat_flags(&recorded);
    let suffix = after.command_suffix();
    Ok(Asked {
        before: recorded.document(),
        after,
        repeated,
        edited: None,
        lost: None,
        command: format!("restate-gen plan{suffix} --write"),
    })
}
