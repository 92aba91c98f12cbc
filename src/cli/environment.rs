//! The `.env` next to the files of Compose: what is wrong with it, and what it lacks.

use std::collections::HashMap;
use std::path::Path;

use super::terminal::Terminal;
use crate::diagnostic::allow::Policy;
use crate::diagnostic::{Finding, Report, listed};
use crate::environment;
use crate::model::Section;
use crate::model::environment::{EnvironmentFile, Unread, Variable};
use crate::output;
use crate::source::Document;
use crate::targets::{Orchestrator, compose};
use crate::topology::Topology;
use crate::validation::Running;

/// The values that the folder's `.env` sets.
pub fn values(folder: &Path) -> HashMap<String, String> {
    let set = read(folder).variables.into_iter();
    set.filter_map(|variable| Some((variable.name, variable.value?)))
        .collect()
}

/// What the folder's `.env` says; one that is missing says nothing.
pub fn read(folder: &Path) -> EnvironmentFile {
    let path = folder.join(compose::ENV_FILE);
    let place = path.display().to_string();
    let unread = |reason: String| EnvironmentFile {
        unread: vec![Unread {
            place: place.clone(),
            reason,
        }],
        ..EnvironmentFile::default()
    };
    match output::read_text(&path) {
        Ok(Some(text)) => environment::read(&place, &text),
        Ok(None) => EnvironmentFile::default(),
        Err(error) => unread(format!("{error:#}")),
    }
}

/// Whether files of Compose that are made of the document are refused for the `.env` next to them. Says why, and what else
/// is found.
pub fn is_refused(
    terminal: &Terminal,
    document: &Document,
    policy: &Policy,
    running: Running,
    section: Option<Section>,
    file: &EnvironmentFile,
) -> bool {
    let found = environment::findings(document, policy, running, section, file);
    let report = Report::new(document, []).with(found);
    terminal.report(&report);
    report.has_errors()
}

/// What is found in the `.env` of the folder, where it has files of Compose.
pub fn findings(
    document: &Document,
    policy: &Policy,
    running: Running,
    folder: &Path,
) -> Vec<Finding> {
    let main = output::read_lossy(&folder.join(compose::MAIN_FILE)).unwrap_or_default();
    match output::is_ours(&main.unwrap_or_default()) {
        true => environment::findings(document, policy, running, None, &read(folder)),
        false => Vec::new(),
    }
}

/// What is to be done in the folder's `.env` before anything else, as the start of a sentence: `set A and B in .env, then `.
pub fn to_fill(orchestrator: &Orchestrator, topology: &Topology, folder: &Path) -> String {
    if orchestrator.section != Some(Section::Compose) {
        return String::new();
    }
    let is_empty = |variable: &Variable| variable.value.as_deref() == Some("");
    let mut set = read(folder).variables;
    set.retain(|variable| !is_empty(variable));
    let is_open = |name: &&str| set.iter().all(|variable| variable.name != **name);
    let open: Vec<&str> = compose::keys_to_fill(topology).filter(is_open).collect();
    if open.is_empty() {
        return String::new();
    }
    let path = folder.join(compose::ENV_FILE);
    format!("set {} in {}, then ", listed(open), path.display())
}
