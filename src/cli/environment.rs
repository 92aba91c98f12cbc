//! The `.env` next to the files of Compose: what is wrong with it, and what it lacks.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::terminal::Terminal;
use crate::diagnostic::allow::Policy;
use crate::diagnostic::{Finding, Report, listed};
use crate::environment;
use crate::model::Section;
use crate::model::environment::Variable;
use crate::output;
use crate::source::Document;
use crate::targets::{Orchestrator, compose};
use crate::topology::Topology;

/// The values that the folder's `.env` sets.
pub fn values(folder: &Path) -> HashMap<String, String> {
    let set = variables(folder).into_iter();
    set.map(|variable| (variable.name, variable.value))
        .collect()
}

/// What the folder's `.env` sets. One that is missing or cannot be read sets nothing: whoever writes it says why.
fn variables(folder: &Path) -> Vec<Variable> {
    let path = folder.join(compose::ENV_FILE);
    let bytes = fs::read(&path).unwrap_or_default();
    environment::variables(
        &path.display().to_string(),
        &String::from_utf8_lossy(&bytes),
    )
}

/// Whether files of Compose that are made of the document into the folder are refused for its `.env`. Says why, and what
/// else is found.
pub fn is_refused(
    terminal: &Terminal,
    document: &Document,
    policy: &Policy,
    section: Option<Section>,
    folder: &Path,
) -> bool {
    let found = environment::findings(document, policy, section, &variables(folder));
    let report = Report::new(document, []).with(found);
    terminal.report(&report);
    report.has_errors()
}

/// What is found in the `.env` of the folder, where it has files of Compose.
pub fn findings(document: &Document, policy: &Policy, folder: &Path) -> Vec<Finding> {
    let main = fs::read_to_string(folder.join(compose::MAIN_FILE)).unwrap_or_default();
    match output::is_ours(&main) {
        true => environment::findings(document, policy, None, &variables(folder)),
        false => Vec::new(),
    }
}

/// What is to be done in the folder's `.env` before anything else, as the start of a sentence: `set A and B in .env, then `.
pub fn to_fill(orchestrator: &Orchestrator, topology: &Topology, folder: &Path) -> String {
    if orchestrator.section != Some(Section::Compose) {
        return String::new();
    }
    let set = variables(folder);
    let is_open = |name: &&str| set.iter().all(|variable| variable.name != **name);
    let open: Vec<&str> = compose::keys_to_fill(topology).filter(is_open).collect();
    if open.is_empty() {
        return String::new();
    }
    let path = folder.join(compose::ENV_FILE);
    format!("set {} in {}, then ", listed(open), path.display())
}
