//! `validate`: everything that is wrong with a cluster file.

use anyhow::Result;

use super::terminal::Terminal;
use super::{ClusterArguments, Outcome, ValidateArguments, input};

/// Checks each file. Warnings alone are no reason to fail.
///
/// # Errors
/// When a file cannot be read.
pub fn run(terminal: &Terminal, arguments: ValidateArguments) -> Result<Outcome> {
    let ValidateArguments { files, cluster } = arguments;
    let each: Vec<ClusterArguments> = if files.is_empty() {
        vec![cluster]
    } else {
        let nodes = cluster.nodes;
        files
            .into_iter()
            .chain(cluster.file)
            .map(|file| ClusterArguments {
                file: Some(file),
                nodes: nodes.clone(),
            })
            .collect()
    };
    let mut outcome = Outcome::Well;
    for arguments in each {
        let input = input::load(&arguments)?;
        let report = input::check(&input.document).report;
        terminal.report(&report);
        if report.has_errors() {
            outcome = Outcome::Findings;
        }
    }
    Ok(outcome)
}
