//! Findings on a line each, for people who know the rules and for tools that read lines: `grep`, `vim -q`.

use std::fmt::Write as _;

use super::{Origin, Report, printable};

/// `file:line:column: severity[code] message`, without line and column for what is about the whole file, and with the
/// flag in their place for what is about the command line.
///
/// ```
/// use restate_gen::diagnostic::concise;
/// use restate_gen::diagnostic::allow::Policy;
/// use restate_gen::source::Document;
/// use restate_gen::validation::validate;
///
/// let document = Document::parse("restate-cluster.yaml", "nodes: 3\nnme: orders\n");
/// let report = validate(&document, &Policy::default()).report;
/// let text = concise::print(&[report]);
/// assert!(text.starts_with("restate-cluster.yaml:2:1: error[RG020] "));
/// ```
pub fn print(reports: &[Report<'_>]) -> String {
    let mut out = String::new();
    for report in reports {
        let path = report.path();
        for finding in report.findings() {
            let at = match &finding.origin {
                Origin::Text(extent) => {
                    format!("{path}:{}:{}", extent.start.line, extent.start.column)
                }
                Origin::Flag(flag) => flag.clone(),
                Origin::Document => path.clone(),
            };
            let diagnostic = &finding.diagnostic;
            let line = format!(
                "{at}: {}[{}] {}",
                diagnostic.severity, diagnostic.rule.code, diagnostic.message
            );
            let _ = writeln!(out, "{}", printable(line.chars()));
        }
    }
    out
}
