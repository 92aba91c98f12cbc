//! Hermetic tests: nothing but Rust is needed.

#[cfg(unix)]
mod action;
mod adopt;
mod allow;
mod arbitrary_file;
mod architecture;
mod cases;
mod change;
mod checkouts;
mod cli;
mod compose;
mod diagnostic;
mod documents;
mod dotenv;
mod drift;
mod edit;
mod english;
mod environment;
mod explain;
mod facts;
mod files;
mod fix;
mod formats;
mod fuzzed;
mod golden;
mod hosts;
mod ignored;
mod images;
mod import;
mod kept_names;
mod kubernetes;
mod log_filters;
mod mutations;
mod names;
mod nomad;
mod origins;
mod output;
mod overrides;
mod packaging;
mod passed;
mod plan;
mod plan_commands;
mod properties;
mod read_back;
mod record;
mod rules;
mod runbook;
mod schema;
#[cfg(unix)]
mod scripts;
mod server;
mod show;
mod simulation;
mod source;
mod stores;
mod tries;
mod upgrade;
mod values;

use restate_gen::diagnostic::{Report, Severity};
use restate_gen::source::Document;

/// A finding: its code, line and column; 0, 0 when it is not in the text.
type Found = (&'static str, usize, usize);

/// What is found in a text, in order.
fn findings(text: impl Into<Vec<u8>>) -> Vec<Found> {
    let document = Document::parse("restate-cluster.yaml", text);
    let reading = restate_gen::schema::read(&document);
    let report = Report::new(&document, reading.diagnostics);
    assert_eq!(report.count(Severity::Error), report.findings().len());
    report
        .findings()
        .iter()
        .map(|finding| {
            let start = finding.origin.extent().map(|extent| extent.start);
            let (line, column) = start.map_or((0, 0), |start| (start.line, start.column));
            (finding.diagnostic.rule.code, line, column)
        })
        .collect()
}

/// The messages and helps of a text's findings.
fn said(text: &str) -> Vec<(String, String)> {
    let document = Document::parse("restate-cluster.yaml", text);
    let reading = restate_gen::schema::read(&document);
    Report::new(&document, reading.diagnostics)
        .findings()
        .iter()
        .map(|finding| {
            let diagnostic = &finding.diagnostic;
            (
                diagnostic.message.clone(),
                diagnostic.help.clone().unwrap_or_default(),
            )
        })
        .collect()
}
