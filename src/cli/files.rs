//! What people should know about the files of a folder: which are meant, what shadows them, what comes next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::terminal::Terminal;
use crate::output::{self, FileChange, FileChangeKind};
use crate::targets::operations::always_quoted;
use crate::targets::{Orchestrator, compose, kubernetes};

/// The files of the environment, which have a verb of their own.
pub const ENVIRONMENT: &[&str] = &[".env.example", ".env"];

/// Says what may surprise: a file that shadows ours, variables that nothing uses, variables that override the cluster file.
/// Names alone, never a value. `has_record` is whether the folder has a record of what was generated there before.
pub fn notes(
    terminal: &Terminal,
    orchestrator: &Orchestrator,
    folder: &Path,
    changes: &[FileChange],
    has_record: bool,
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
    // With a record, the rules on changes say it, for every target.
    for change in changes.iter().filter(|_| !has_record) {
        for loss in losses(change) {
            terminal.say(format!("warning: {loss}"));
        }
    }
    notes_on_environment(terminal, changes);
}

/// Says what may surprise in the user's own variables. Names alone, never a value.
pub fn notes_on_environment(terminal: &Terminal, changes: &[FileChange]) {
    for change in changes {
        let path = change.path.display();
        if !change.unused.is_empty() {
            terminal.say(format!(
                "note: {path} sets {}, which no generated file uses",
                change.unused.join(", ")
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

/// What a node that runs would lose by the change: its place in the file, its data, or its place in the metadata quorum.
fn losses(change: &FileChange) -> Vec<String> {
    let name = change.path.file_name().and_then(|name| name.to_str());
    match name {
        Some(compose::MAIN_FILE) => losses_of_services(change),
        Some(kubernetes::NODES_FILE) => losses_of_pods(change),
        _ => Vec::new(),
    }
}

fn losses_of_services(change: &FileChange) -> Vec<String> {
    let after = quorum(&change.after);
    quorum(&change.before)
        .into_iter()
        .filter_map(|(name, was_member)| match after.get(&name) {
            None => Some(format!("{name} is no longer in the file; if it holds data, drain it first: see Remove nodes in OPERATIONS.md")),
            Some(false) if was_member => Some(format!("{name} is no longer a metadata server; a running cluster may lose the majority of its old ones: set metadata_servers or roles so that they stay")),
            Some(_) => None,
        })
        .collect()
}

/// A node whose pod is another one now, or none: its data stay with the claim of the old pod.
fn losses_of_pods(change: &FileChange) -> Vec<String> {
    let after = pods(&change.after);
    pods(&change.before)
        .into_iter()
        .filter_map(|(node, pod)| match after.get(node) {
            // That is how a lost one is replaced, in an order that keeps the quorum.
            None if after.values().any(|other| *other == pod) => Some(format!("another node replaces {node}; before you apply this, remove {node} from the metadata quorum: see A node lost its disk in OPERATIONS.md")),
            None => Some(format!("{node} is no longer in the file; if it holds data, drain it first: see Remove nodes in OPERATIONS.md")),
            // A moved one is refused, not warned of.
            Some(_) => None,
        })
        .collect()
}

/// What speaks against writing the files at all: data would stay behind, of nodes whose pods would be others, or of services
/// whose volumes would be.
pub fn refusal(changes: &[FileChange]) -> Option<String> {
    let of = |name: &str| {
        let is_it = |change: &&FileChange| change.path.file_name().is_some_and(|file| file == name);
        changes.iter().find(is_it)
    };
    of(kubernetes::NODES_FILE)
        .and_then(moved_pods)
        .or_else(|| of(compose::MAIN_FILE).and_then(moved_volumes))
}

fn moved_pods(change: &FileChange) -> Option<String> {
    let after = pods(&change.after);
    let moved: Vec<(&str, &str, &str)> = pods(&change.before)
        .into_iter()
        .filter_map(|(node, pod)| {
            let other = *after.get(node)?;
            (other != pod).then_some((node, pod, other))
        })
        .collect();
    let (node, pod, other) = moved.first()?;
    let others = match moved.len() - 1 {
        0 => String::new(),
        others => format!(", and so would {others} more"),
    };
    Some(format!(
        "nothing written: {node} would move from pod {pod} to {other} and lose its volume{others}; keep its entry in `nodes`, and keep the group's name and first_id; if nothing was deployed from these files, delete {}",
        change.path.display()
    ))
}

fn moved_volumes(change: &FileChange) -> Option<String> {
    let (before, after) = (prefix(&change.before)?, prefix(&change.after)?);
    let is_moved = before != after && output::is_ours(&change.before);
    is_moved.then(|| {
        format!(
            "nothing written: the volume {before}provision-data would become {after}provision-data, and its content, like the data of a bundled store, would stay behind; write `compose: {{prefix: '{before}'}}`; if no cluster runs of these files, delete {}",
            change.path.display()
        )
    })
}

/// The services of a generated Compose file.
pub fn services(text: &str) -> BTreeSet<&str> {
    let (_, text) = text.split_once("\nservices:\n").unwrap_or_default();
    text.lines()
        .take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
        .filter_map(service_of)
        .collect()
}

/// The nodes of a generated Compose file.
pub fn nodes(text: &str) -> BTreeSet<&str> {
    let mut service = "";
    let mut nodes = BTreeSet::new();
    for line in text.lines() {
        if let Some(name) = service_of(line) {
            service = name;
        } else if line.trim_start().starts_with("RESTATE_NODE_NAME: ") {
            nodes.insert(service);
        }
    }
    nodes
}

/// What the names of the services next to the nodes begin with in a generated Compose file: its provisioning step is the one
/// service that has a marker.
pub fn prefix(text: &str) -> Option<&str> {
    let mut service = "";
    for line in text.lines() {
        if let Some(name) = service_of(line) {
            service = name;
        } else if line.trim_start().starts_with("MARKER: ") {
            return service.strip_suffix("provision");
        }
    }
    None
}

/// The service whose part of a generated Compose file begins with the line.
fn service_of(line: &str) -> Option<&str> {
    let name = line.strip_prefix("  ")?.strip_suffix(':')?;
    (!name.starts_with([' ', '#'])).then(|| name.trim_matches('\''))
}

/// The pod of each node in a generated `nodes.yaml`.
fn pods(text: &str) -> BTreeMap<&str, &str> {
    let mut pod = "";
    let mut pods = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(".toml: |") {
            pod = name;
        } else if let Some(name) = line.strip_prefix("node-name = ") {
            pods.insert(name.trim_matches('"'), pod);
        }
    }
    pods
}

/// The nodes of a generated file that say their roles, and whether each is a metadata server.
fn quorum(text: &str) -> BTreeMap<String, bool> {
    let mut service = "";
    let mut quorum = BTreeMap::new();
    for line in text.lines() {
        if let Some(name) = service_of(line) {
            service = name;
        } else if let Some(roles) = line.trim_start().strip_prefix("RESTATE_ROLES: ") {
            quorum.insert(service.to_string(), roles.contains("metadata-server"));
        }
    }
    quorum
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
        let folder = folder.display().to_string();
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
