//! Findings as workflow commands, which GitHub Actions shows at the lines of a change.
//!
//! GitHub shows at most ten of each severity a step; SARIF has no such bound.
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

use super::{Finding, Origin, Report, Severity};

/// A line for each finding of each file; nothing when there is none.
pub fn print(reports: &[Report<'_>]) -> String {
    let mut out = String::new();
    for report in reports {
        for finding in report.findings() {
            out.push_str(&command(report, finding));
            out.push('\n');
        }
    }
    out
}

fn command(report: &Report<'_>, finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let mut properties = place(report, &finding.origin);
    let title = format!("{} {}", diagnostic.rule.code, diagnostic.rule.slug);
    properties.push(("title", title));
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", escaped_property(value)))
        .collect();
    let related = finding.related.iter();
    let related = related.map(|(origin, label)| origin.caption(label));
    let message: Vec<String> = std::iter::once(finding.sentence()).chain(related).collect();
    format!(
        "::{name} {}::{}",
        properties.join(","),
        escaped(&message.join("\n"))
    )
}

/// Where it is. A flag is in no file.
fn place(report: &Report<'_>, origin: &Origin) -> Vec<(&'static str, String)> {
    let file = ("file", report.path());
    let Origin::Text(extent) = origin else {
        return match origin {
            Origin::Document => vec![file],
            _ => Vec::new(),
        };
    };
    let (first, last) = origin.lines();
    let mut properties = vec![
        file,
        ("line", first.to_string()),
        ("endLine", last.to_string()),
    ];
    // The runner drops columns of a stretch over several lines.
    if extent.start.line == extent.end.line {
        properties.push(("col", extent.start.column.to_string()));
        properties.push(("endColumn", extent.end.column.to_string()));
    }
    properties
}

/// As the runner reads it back; other control characters are shown, for they could command the
/// terminal of whoever reads the log.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
