//! The plans next to the generated files of a folder, and how far each is: finished, half done, or made for other files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::record;

/// Where the folders of plans are, next to the generated files.
pub const OPERATIONS: &str = "operations";
/// The record as it was before the change, in the folder of a plan.
pub const BEFORE_LOCK: &str = "before.lock";

/// What is said of a plan that is half done.
pub fn half_done_warning(plan: &Path) -> String {
    format!(
        "warning: {} is half done: the cluster does not match its files; run its run.sh to the end, or go back as its PLAN.md says",
        plan.display()
    )
}

/// The plan that is half done, next to the generated files of the folder: its script began and did not finish. What it
/// noted stays on the machine where it ran, so a plan without notes says nothing.
///
/// # Errors
/// When the folder of plans cannot be read.
pub fn half_done(folder: &Path) -> Result<Option<PathBuf>> {
    let folder = folder.join(OPERATIONS);
    let plans = unfinished(&folder)?.into_iter();
    let mut plans = plans.map(|name| folder.join(name));
    Ok(plans.find(|plan| plan.join("progress").exists()))
}

/// Whether the script of the plan in the folder came to its end, on this machine or, by a committed sign, on another.
fn is_finished(plan: &Path) -> bool {
    // Version 0.1.0 noted it in a file that is not committed.
    let progress = std::fs::read_to_string(plan.join("progress")).unwrap_or_default();
    plan.join("finished").exists() || progress.lines().any(|line| line == "finished")
}

/// Whether the generated files are others than those that the plan in the folder starts from or puts in place: then its
/// script does nothing. One that began on this machine counts all the same.
fn is_void(plan: &Path, record: Option<&[u8]>) -> bool {
    let folders = std::fs::read_dir(plan).into_iter().flatten().flatten();
    let staged = folders.map(|entry| entry.path().join(record::FILE));
    let before = plan.join(BEFORE_LOCK);
    if plan.join("progress").exists() || !before.exists() {
        return false;
    }
    let mut records = std::iter::once(before).chain(staged);
    !records.any(|path| std::fs::read(path).is_ok_and(|text| Some(text.as_slice()) == record))
}

/// The unfinished plans of the folder, by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn unfinished(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let record = folder.parent().map(|files| files.join(record::FILE));
    let record = record.and_then(|path| std::fs::read(path).ok());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(names),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let plan = entry.path();
        if plan.join("run.sh").exists() && !is_finished(&plan) && !is_void(&plan, record.as_deref())
        {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
