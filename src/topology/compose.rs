//! What only the Compose output has, decided.

use crate::model;

/// What the names of the services next to the nodes begin with when the file says nothing.
pub const DEFAULT_PREFIX: &str = "restate-";

/// What only the Compose output has, with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Compose {
    /// Compose project name.
    pub project: String,
    /// What the names of the services and volumes next to the nodes begin with; may be empty.
    pub prefix: String,
}

/// What the file says, with its defaults.
pub fn resolve(
    compose: Option<&model::Compose>,
    default_project: impl FnOnce() -> String,
) -> Compose {
    // Destructured, so that a new key of the file cannot be forgotten here.
    let model::Compose { project, prefix } = compose.cloned().unwrap_or_default();
    Compose {
        project: project.unwrap_or_else(default_project),
        prefix: prefix.unwrap_or_else(|| DEFAULT_PREFIX.into()),
    }
}
