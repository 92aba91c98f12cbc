//! `nomad`: the generating verb, for a file that need not speak of Nomad.

use anyhow::Result;

use super::terminal::Terminal;
use super::{GenerateArguments, Outcome, generate};

/// Generates the jobs and what goes with them.
///
/// # Errors
/// When the cluster file cannot be read, or the files cannot be written.
pub fn run(terminal: &Terminal, arguments: GenerateArguments) -> Result<Outcome> {
    generate::run_over(
        terminal,
        arguments,
        "nomad",
        |_| "nomad",
        None,
        |input| input.give_section("nomad"),
    )
}
