//! `nomad`: the generating verb, for a file that need not speak of Nomad.

use anyhow::Result;
use serde_json::Map;

use super::terminal::Terminal;
use super::{GenerateArguments, Outcome, generate};
use crate::source::DocPath;

/// Generates the jobs and what goes with them.
///
/// # Errors
/// When the cluster file cannot be read, or the files cannot be written.
pub fn run(terminal: &Terminal, arguments: GenerateArguments) -> Result<Outcome> {
    generate::run_over(
        terminal,
        arguments,
        |_| "nomad",
        None,
        |input| {
            let document = &mut input.document;
            // A document that cannot be read stays as it is: its fault is the news. Who generates for Nomad has its section, so that its
            // rules hold; an empty one says nothing.
            if document.is_readable() && document.value().get("nomad").is_none() {
                document.set(DocPath::of(["nomad"]), Map::new().into(), "nomad");
            }
        },
    )
}
