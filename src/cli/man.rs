//! `man`: the manual page.

use anyhow::{Context, Result};

use super::Outcome;
use super::terminal::Terminal;

/// Prints it, in roff.
///
/// # Errors
/// When stdout cannot be written to.
pub fn run(terminal: &Terminal) -> Result<Outcome> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::command())
        .render(&mut page)
        .context("cannot render the manual page")?;
    terminal.print(&String::from_utf8_lossy(&page))?;
    Ok(Outcome::Well)
}
