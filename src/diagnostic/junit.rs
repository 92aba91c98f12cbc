//! Findings as JUnit's XML, which nearly every CI system reads.
//!
//! Nobody owns the format; this is what all common readers take: a suite a file, a case a finding.
//! A suite has no `timestamp` and takes no `time`: the same file gives the same bytes.

use std::fmt::Write as _;

use super::{Finding, Origin, Report, Severity};

/// A suite for each file. Errors and warnings are cases that fail, hints are cases that pass, and a
/// file without findings is one case that passes.
pub fn print(reports: &[Report<'_>]) -> String {
    let suites: String = reports.iter().map(suite).collect();
    let tests: usize = reports.iter().map(tests).sum();
    let failures: usize = reports.iter().map(failures).sum();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"restate-gen\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n\
         {suites}</testsuites>\n"
    )
}

fn tests(report: &Report<'_>) -> usize {
    report.findings().len().max(1)
}

fn failures(report: &Report<'_>) -> usize {
    report.count(Severity::Error) + report.count(Severity::Warning)
}

fn suite(report: &Report<'_>) -> String {
    let file = escaped(&report.path());
    let (tests, failures) = (tests(report), failures(report));
    let mut out = format!(
        "  <testsuite name=\"{file}\" file=\"{file}\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"0\" skipped=\"0\" time=\"0\">\n"
    );
    if report.findings().is_empty() {
        let _ = writeln!(
            out,
            "    <testcase classname=\"{file}\" name=\"no findings\" time=\"0\"/>"
        );
    }
    for finding in report.findings() {
        out.push_str(&case(&file, finding));
    }
    out.push_str("  </testsuite>\n");
    out
}

fn case(file: &str, finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let at = match &finding.origin {
        Origin::Document => diagnostic.rule.code.to_owned(),
        origin => origin.caption(diagnostic.rule.code),
    };
    let name = escaped(&format!("{at}: {}", diagnostic.message));
    let details: Vec<String> = details(finding).iter().map(|line| escaped(line)).collect();
    let details = details.join("\n");
    let outcome = match diagnostic.severity {
        Severity::Error | Severity::Warning => format!(
            "<failure type=\"{}\" message=\"{}\">{details}</failure>",
            diagnostic.severity,
            escaped(&finding.sentence())
        ),
        Severity::Hint => format!("<system-out>{details}</system-out>"),
    };
    format!(
        "    <testcase classname=\"{file}\" name=\"{name}\" time=\"0\">\n      {outcome}\n    </testcase>\n"
    )
}

/// The lines that a reader of the log wants to see.
fn details(finding: &Finding) -> Vec<String> {
    let diagnostic = &finding.diagnostic;
    let title = format!("{}[{}]", diagnostic.severity, diagnostic.rule.code);
    let mut lines = vec![format!(
        "{}: {}",
        finding.origin.caption(&title),
        diagnostic.message
    )];
    let related = finding.related.iter();
    lines.extend(related.map(|(origin, label)| format!("note: {}", origin.caption(label))));
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    lines
}

/// Text for an element or an attribute in double quotes. Line breaks and tabs are references, for a
/// reader would make spaces of them; what XML cannot hold at all is shown as Rust would write it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Never `]]>`.
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.extend(c.escape_default());
            }
            c => out.push(c),
        }
    }
    out
}
