//! `plan`: the change from one cluster file to another.

use std::path::Path;

use anyhow::{Result, bail};

use super::change::{self, Asked};
use super::input;
use super::terminal::Terminal;
use super::{Outcome, PlanArguments};
use crate::source;

/// Plans it, and with `--write` makes the files.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, arguments: &PlanArguments) -> Result<Outcome> {
    let PlanArguments { old, new, change } = arguments;
    if [old, new]
        .iter()
        .all(|path| path.as_path() == Path::new("-"))
    {
        bail!("only one of the two files can be standard input");
    }
    let before = source::load(old)?;
    let after = source::load(new)?;
    let names: Vec<_> = [old, new]
        .into_iter()
        .map(|path| path.file_name().unwrap_or_default().to_string_lossy())
        .collect();
    let folder = new
        .parent()
        .filter(|_| new.as_path() != Path::new("-"))
        .unwrap_or(Path::new(""));
    let asked = Asked {
        before,
        after,
        edited: None,
        lost: None,
        folder: folder.to_path_buf(),
        command_suffix: input::command_suffix(new),
        command: format!("restate-gen plan {} --write", names.join(" ")),
    };
    change::run(terminal, asked, change)
}
