//! `completions`: a script for the user's shell.

use anyhow::Result;

use super::Outcome;
use super::terminal::Terminal;

/// Prints it.
///
/// # Errors
/// When stdout cannot be written to.
pub fn run(terminal: &Terminal, shell: clap_complete::Shell) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "restate-gen", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Well)
}
