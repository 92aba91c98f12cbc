//! Findings as a report of GitLab's Code Quality.
//!
//! Source: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::{Finding, Report, Severity};

/// A list with each finding of each file. GitLab takes one of those that share a fingerprint, so
/// all are different.
pub fn print(reports: &[Report<'_>]) -> String {
    let issues: Vec<Value> = reports
        .iter()
        .zip(fingerprints(reports))
        .flat_map(|(report, fingerprints)| {
            let findings = report.findings().iter().zip(fingerprints);
            findings.map(|(finding, fingerprint)| issue(report, finding, &fingerprint))
        })
        .collect();
    format!("{:#}\n", Value::Array(issues))
}

fn issue(report: &Report<'_>, finding: &Finding, fingerprint: &str) -> Value {
    let (begin, end) = finding.origin.lines();
    json!({
        "description": finding.sentence(),
        "check_name": finding.diagnostic.rule.code,
        "fingerprint": fingerprint,
        "severity": match finding.diagnostic.severity {
            // A file with errors generates nothing.
            Severity::Error => "blocker",
            Severity::Warning => "major",
            Severity::Hint => "info",
        },
        "location": {
            "path": report.path(),
            "lines": {"begin": begin, "end": end},
        },
    })
}
