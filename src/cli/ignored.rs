//! What of a folder is never committed: its `.gitignore`, which is the user's own and only extended.

use std::path::Path;

use anyhow::{Context, Result};
use indexmap::IndexSet;

use crate::output::{self, FileChange, FileChangeKind};
use crate::targets::{Target, compose::ENV_FILE};
use crate::tree::{Keeping, RenderedTree};

const FILE: &str = ".gitignore";

/// The line above those that are appended.
const REASON: &str = "# Of restate-gen: secrets, backups, and what scripts note on this machine. Do not commit them.";

/// What the script of a plan leaves next to it, and its lock.
const OPERATIONS: &[&str] = &[
    "operations/lock/",
    "operations/*/progress",
    "operations/*/run.log",
];

/// The lines that the `.gitignore` of the folder lacks, appended to it; none where it has them all, or where the folder
/// is not in a git work tree.
///
/// # Errors
/// When the file cannot be read.
pub fn change(folder: &Path, target: &Target, tree: &RenderedTree) -> Result<Option<FileChange>> {
    if !is_in_work_tree(folder) {
        return Ok(None);
    }
    let path = folder.join(FILE);
    let before = output::read_text(&path);
    let before = before.with_context(|| format!("cannot read {}", path.display()))?;
    let staged = format!("{}*", output::STAGED);
    let private = tree.files().iter();
    let private = private.filter(|file| file.keeping == Keeping::Merge);
    // One that was made once holds its secrets still.
    let left = [ENV_FILE]
        .into_iter()
        .filter(|path| folder.join(path).exists());
    let of_plans = target.operations.map_or(&[][..], |_| OPERATIONS);
    let lines = private
        .map(|file| file.path)
        .chain(left)
        .chain(target.orchestrator.local.iter().copied())
        .chain(of_plans.iter().copied())
        .chain([staged.as_str()]);
    let text = before.as_deref().unwrap_or_default();
    let has = |wanted: &str| {
        let mut present = text.lines().map(|line| line.trim_end().trim_matches('/'));
        present.any(|line| line == wanted.trim_matches('/'))
    };
    let missing: IndexSet<&str> = lines.filter(|line| !has(line)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let mut after = text.to_owned();
    if !after.is_empty() {
        after += if after.ends_with('\n') { "\n" } else { "\n\n" };
    }
    for line in [REASON].iter().chain(&missing) {
        after += line;
        after.push('\n');
    }
    Ok(Some(FileChange {
        kind: match before {
            Some(_) => FileChangeKind::Updated,
            None => FileChangeKind::Created,
        },
        ..output::edit(&path, text, &after)
    }))
}

/// Whether git keeps what is in the folder, which need not be there yet.
fn is_in_work_tree(folder: &Path) -> bool {
    // A folder without a name is this one.
    let folder = Path::new(".").join(folder);
    let absolute = std::fs::canonicalize(&folder).or_else(|_| std::path::absolute(&folder));
    absolute.is_ok_and(|folder| {
        let mut above = folder.ancestors();
        above.any(|folder| folder.join(".git").exists())
    })
}
