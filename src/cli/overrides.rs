//! Files that Compose lays over ours: what they say of services that go, and not of ones that come.

use std::collections::BTreeSet;
use std::path::Path;

use super::files;
use super::terminal::Terminal;
use crate::refusal::Refusal;
use crate::source::{self, Document};

/// Files that Compose lays over the main one.
pub const NAMES: [&str; 4] = [
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
];

/// Whether an override file speaks of services that the new Compose file does not have. Such an entry has neither an image nor a
/// build context, and Compose then refuses every command (run: Docker Compose 2.26).
pub fn refusal(folder: &Path, after: &str) -> Option<Refusal> {
    let services = files::services(after);
    for (name, document) in present(folder) {
        let left: Vec<&str> = entries(&document)
            .filter(|(service, stands_alone)| !stands_alone && !services.contains(service))
            .map(|(service, _)| service)
            .collect();
        if !left.is_empty() {
            let path = folder.join(name);
            let (path, left) = (path.display(), left.join(", "));
            return Some(Refusal::new(
                format!(
                    "{path} has entries for services that are not in docker-compose.yaml any more: {left}; every docker compose command would fail, for such a service has neither an image nor a build context"
                ),
                format!(
                    "delete them from {path}; what all nodes need goes under `compose: {{node: ...}}` of the cluster file"
                ),
            ));
        }
    }
    None
}

/// Warns of nodes that come and are in no override file, where one has an entry for every node so far.
pub fn warn_of_new_nodes(terminal: &Terminal, folder: &Path, before: &str, after: &str) {
    let (before, after) = (files::nodes(before), files::nodes(after));
    let new: Vec<&str> = after.difference(&before).copied().collect();
    if before.is_empty() || new.is_empty() {
        return;
    }
    for (name, document) in present(folder) {
        let named: BTreeSet<&str> = entries(&document).map(|(service, _)| service).collect();
        let missing: Vec<&str> = new
            .iter()
            .copied()
            .filter(|node| !named.contains(node))
            .collect();
        if before.intersection(&after).all(|node| named.contains(node)) && !missing.is_empty() {
            terminal.say(format!(
                "warning: {} has an entry for every node so far, and none for {}; what all nodes need goes under `compose: {{node: ...}}` of the cluster file",
                folder.join(name).display(),
                missing.join(", ")
            ));
        }
    }
}

fn present(folder: &Path) -> impl Iterator<Item = (&'static str, Document)> {
    let read = |name: &'static str| Some((name, source::load(&folder.join(name)).ok()?));
    let is_there = |name: &&str| folder.join(name).exists();
    NAMES.into_iter().filter(is_there).filter_map(read)
}

/// The services of an override file, and whether each can stand without one of ours.
fn entries(document: &Document) -> impl Iterator<Item = (&str, bool)> {
    let services = document.value()["services"].as_object();
    services.into_iter().flatten().map(|(name, service)| {
        let has = |key: &str| service.get(key).is_some();
        let stands_alone = ["image", "build", "extends", "provider"]
            .into_iter()
            .any(has);
        (name.as_str(), stands_alone)
    })
}
