//! Files that Compose lays over ours: what they say of services that go, and not of ones that come.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::terminal::Terminal;
use crate::refusal::Refusal;
use crate::source::{self, Document};
use crate::targets::Orchestrator;
use crate::topology::Topology;

/// A file that is merged over ours, with its path.
type Merged = (PathBuf, Document);

/// Those of the folder that can be read.
pub fn read(orchestrator: &Orchestrator, folder: &Path) -> Vec<Merged> {
    let paths = orchestrator.merged.iter().map(|name| folder.join(name));
    paths
        .filter(|path| path.exists())
        .filter_map(|path| {
            let document = source::load(&path).ok()?;
            Some((path, document))
        })
        .collect()
}

/// Whether an override file speaks of services that the new Compose file, whose text is given, does not have. Such an entry has neither an image nor a
/// build context, and Compose then refuses every command (run: Docker Compose 2.26).
pub fn refusal(orchestrator: &Orchestrator, merged: &[Merged], after: &str) -> Option<Refusal> {
    if merged.is_empty() {
        return None;
    }
    let after = Document::parse(orchestrator.main_file, after);
    let services: BTreeSet<&str> = entries(&after).map(|(service, _)| service).collect();
    for (path, document) in merged {
        let left: Vec<&str> = entries(document)
            .filter(|(service, stands_alone)| !stands_alone && !services.contains(service))
            .map(|(service, _)| service)
            .collect();
        if !left.is_empty() {
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

/// Warns of nodes that come, next to those of these names, and are in no override file, where one has an entry for every node so far.
pub fn warn_of_new_nodes(
    terminal: &Terminal,
    merged: &[Merged],
    before: &BTreeSet<&str>,
    after: &Topology,
) {
    if merged.is_empty() {
        return;
    }
    let after: BTreeSet<&str> = after.nodes.iter().map(|node| node.name.as_str()).collect();
    let new: Vec<&str> = after.difference(before).copied().collect();
    if before.is_empty() || new.is_empty() {
        return;
    }
    for (path, document) in merged {
        let named: BTreeSet<&str> = entries(document).map(|(service, _)| service).collect();
        let missing: Vec<&str> = new
            .iter()
            .copied()
            .filter(|node| !named.contains(node))
            .collect();
        if before.intersection(&after).all(|node| named.contains(node)) && !missing.is_empty() {
            terminal.say(format!(
                "warning: {} has an entry for every node so far, and none for {}; what all nodes need goes under `compose: {{node: ...}}` of the cluster file",
                path.display(),
                missing.join(", ")
            ));
        }
    }
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
