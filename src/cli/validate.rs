//! `validate`: everything that is wrong with a cluster file.

use anyhow::Result;

use super::terminal::Terminal;
use super::{ClusterArguments, Format, Outcome, ValidateArguments, input};
use crate::diagnostic::{Report, github, gitlab, json, junit, sarif};

/// Checks each file. Warnings alone are no reason to fail.
///
/// # Errors
/// When a file cannot be read; the findings of the others are printed all the same.
pub fn run(terminal: &Terminal, arguments: ValidateArguments) -> Result<Outcome> {
    let ValidateArguments {
        files,
        cluster,
        format,
    } = arguments;
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
    let mut inputs = Vec::new();
    let mut unread = Vec::new();
    for arguments in each {
        match input::load(&arguments) {
            Ok(input) => inputs.push(input),
            Err(error) => unread.push(error),
        }
    }
    let reports: Vec<Report<'_>> = inputs
        .iter()
        .map(|input| input::check(&input.document).report)
        .collect();
    print(terminal, format, &reports)?;
    let last = unread.pop();
    for error in &unread {
        terminal.failure(error);
    }
    match last {
        Some(error) => Err(error),
        None if reports.iter().any(Report::has_errors) => Ok(Outcome::Findings),
        None => Ok(Outcome::Well),
    }
}

fn print(terminal: &Terminal, format: Format, reports: &[Report<'_>]) -> Result<()> {
    // A report of no file would read as one without findings.
    if reports.is_empty() {
        return Ok(());
    }
    let text = match format {
        Format::Human => {
            for report in reports {
                terminal.report(report);
            }
            return Ok(());
        }
        Format::Json => json::print(reports),
        Format::Sarif => sarif::print(reports),
        Format::Github => github::print(reports),
        Format::Gitlab => gitlab::print(reports),
        Format::Junit => junit::print(reports),
    };
    terminal.print(&text)
}
