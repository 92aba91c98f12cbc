//! What people should know about the files of a folder: which are meant, what shadows them, what comes next.

use std::path::Path;

use super::terminal::Terminal;
use crate::output::{FileChange, FileChangeKind};
use crate::targets::Orchestrator;
use crate::targets::compose::PROJECT;
use crate::targets::operations::always_quoted;

/// The files of the environment, which have a verb of their own.
pub const ENVIRONMENT: &[&str] = &[".env.example", ".env"];

/// Says what may surprise: a file that shadows ours, variables that nothing uses, variables that override the cluster file.
/// Names alone, never a value.
pub fn notes(
    terminal: &Terminal,
    orchestrator: &Orchestrator,
    folder: &Path,
    changes: &[FileChange],
) {
    let Orchestrator {
        main_file,
        preferred,
        merged,
        ..
    } = orchestrator;
    for path in preferred.iter().map(|name| folder.join(name)) {
        if path.exists() {
            terminal.say(format!(
                "warning: docker compose prefers {} to {main_file}; remove it, or pass -f {main_file}",
                path.display()
            ));
        }
    }
    for path in merged.iter().map(|name| folder.join(name)) {
        if path.exists() {
            terminal.say(format!(
                "note: docker compose merges {} over {main_file}",
                path.display()
            ));
        }
    }
    notes_on_environment(terminal, changes);
}

/// Says what may surprise in the user's own variables. Names alone, never a value.
pub fn notes_on_environment(terminal: &Terminal, changes: &[FileChange]) {
    for change in changes {
        let path = change.path.display();
        // Compose itself reads these.
        let is_of_compose = |name: &&String| name.starts_with("COMPOSE_");
        let unused: Vec<&str> = change
            .unused
            .iter()
            .filter(|name| !is_of_compose(name))
            .map(String::as_str)
            .collect();
        if !unused.is_empty() {
            terminal.say(format!(
                "note: {path} sets {}, which no generated file uses",
                unused.join(", ")
            ));
        }
        if change.unused.iter().any(|name| name == PROJECT) {
            terminal.say(format!(
                "note: {path} sets {PROJECT}, which overrides the project of the cluster file"
            ));
        }
        if !change.guessable.is_empty() {
            terminal.say(format!(
                "warning: {path} sets {} to a well-known default password; delete the value and run again to have one generated",
                change.guessable.join(", ")
            ));
        }
        if !change.overriding.is_empty() {
            terminal.say(format!(
                "note: {path} sets {}, which overrides the cluster file",
                change.overriding.join(", ")
            ));
        }
    }
}

/// A line in the words of the change of a file: what became of it.
pub fn what_became_of(change: &FileChange) -> String {
    let what = match change.kind {
        FileChangeKind::Created => "created",
        FileChangeKind::Updated => "updated",
        FileChangeKind::Unchanged => "unchanged",
        FileChangeKind::Removed => "removed",
    };
    format!("{what} {}", change.path.display())
}

/// A command as it is typed to have it run in the folder.
pub fn in_folder(folder: &Path, start: &str) -> String {
    if folder.as_os_str().is_empty() || folder == Path::new(".") {
        start.to_owned()
    } else {
        let mut folder = folder.display().to_string();
        // A shell would take it for an option.
        if folder.starts_with('-') {
            folder.insert_str(0, "./");
        }
        let plain = folder
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        let folder = if plain {
            folder
        } else {
            always_quoted(&folder)
        };
        format!("cd {folder} && {start}")
    }
}
