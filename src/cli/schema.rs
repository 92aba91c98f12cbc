//! `schema`: the JSON schema of the cluster file, for editors and other tools.

use anyhow::Result;

use super::Outcome;
use super::terminal::Terminal;
use crate::schema;

/// Prints it.
///
/// # Errors
/// When stdout cannot be written to.
pub fn run(terminal: &Terminal) -> Result<Outcome> {
    terminal.print(&schema::text())?;
    Ok(Outcome::Well)
}
