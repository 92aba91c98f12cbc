//! `schema`: the JSON schemas of what goes in and out, for editors and other tools.

use anyhow::Result;

use super::terminal::Terminal;
use super::{Outcome, SchemaOf};
use crate::diagnostic::json;
use crate::{picture, runbook, schema};

/// Prints it.
///
/// # Errors
/// When stdout cannot be written to.
pub fn run(terminal: &Terminal, of: SchemaOf) -> Result<Outcome> {
    let text = match of {
        SchemaOf::Cluster => schema::text(),
        SchemaOf::Report => json::schema_text(),
        SchemaOf::Plan => runbook::json::schema_text(),
        SchemaOf::Show => picture::schema_text(),
    };
    terminal.print(&text)?;
    Ok(Outcome::Well)
}
