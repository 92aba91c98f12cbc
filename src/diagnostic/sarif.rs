//! Findings as SARIF 2.1.0, for GitHub code scanning and other viewers of static analysis.
//!
//! What GitHub takes, and how much of it (25 000 results a run, of which it shows 5 000):
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::fingerprint::{fingerprints, line_hashes};
use super::{Extent, Finding, Origin, Report, Rule, Severity};

/// What stands in a path as it is; all else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// GitHub refuses longer descriptions of a rule.
const LONGEST_DESCRIPTION: usize = 1024;

/// Related places that a message links to; all of them are in the result.
const MOST_LINKED: usize = 10;

/// All files of a run with their findings.
pub fn print(reports: &[Report<'_>]) -> String {
    let occurred = occurred(reports);
    let results: Vec<Value> = reports
        .iter()
        .zip(fingerprints(reports))
        .flat_map(|(report, fingerprints)| results(report, &fingerprints, &occurred))
        .collect();
    let rules: Vec<Value> = occurred.into_values().map(rule).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "restate-gen", "rules": rules}},
            // As positions of a document count.
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// The rules that found something, by code.
fn occurred(reports: &[Report<'_>]) -> BTreeMap<&'static str, &'static Rule> {
    let findings = reports.iter().flat_map(Report::findings);
    findings
        .map(|finding| (finding.diagnostic.rule.code, finding.diagnostic.rule))
        .collect()
}

fn rule(rule: &Rule) -> Value {
    let what = what(rule);
    let first = what.split_inclusive(". ").next().unwrap_or(what);
    json!({
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": cut(first.trim_end())},
        "fullDescription": {"text": cut(what)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "help": {"text": rule.docs, "markdown": rule.docs},
    })
}

/// What the rule's documentation says in its first section; its name when it says nothing.
fn what(rule: &Rule) -> &str {
    rule.docs
        .split("## ")
        .find_map(|section| section.strip_prefix("What\n"))
        .map(str::trim)
        .filter(|what| !what.is_empty())
        .unwrap_or(rule.slug)
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_DESCRIPTION).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn results(
    report: &Report<'_>,
    fingerprints: &[String],
    occurred: &BTreeMap<&str, &Rule>,
) -> Vec<Value> {
    let file = artifact(report);
    let findings = report.findings();
    let lines = findings.iter().map(|finding| finding.origin.lines().0);
    let hashes = line_hashes(report.document().text(), &lines.collect());
    findings
        .iter()
        .zip(fingerprints)
        .map(|(finding, fingerprint)| {
            let diagnostic = &finding.diagnostic;
            json!({
                "ruleId": diagnostic.rule.code,
                "ruleIndex": occurred.keys().position(|code| *code == diagnostic.rule.code),
                "level": level(diagnostic.severity),
                "message": {"text": message(finding)},
                "locations": [location(&file, &finding.origin)],
                "partialFingerprints": partial_fingerprints(finding, fingerprint, &hashes),
                "relatedLocations": related(&file, finding),
                "fixes": fixes(report, &file, finding),
            })
        })
        .collect()
}

/// The finding in one phrase, with links to related places, which GitHub shows nowhere else.
fn message(finding: &Finding) -> String {
    let links: Vec<String> = finding
        .related
        .iter()
        .take(MOST_LINKED)
        .enumerate()
        .map(|(id, (_, label))| format!("[{}]({id})", escaped(label)))
        .collect();
    let sentence = plain(&finding.sentence());
    if links.is_empty() {
        sentence
    } else {
        format!("{sentence}; see {}", links.join(", "))
    }
}

/// Text as it is, whatever it looks like. Brackets alone mean nothing; what looks like a link would
/// become one.
fn plain(text: &str) -> String {
    if text.contains("](") {
        escaped(text)
    } else {
        text.to_owned()
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('[', r"\[")
        .replace(']', r"\]")
}

/// GitHub reads the hash of the line alone; the other tells findings of one line apart.
fn partial_fingerprints(
    finding: &Finding,
    fingerprint: &str,
    hashes: &HashMap<usize, String>,
) -> Value {
    json!({
        "primaryLocationLineHash": hashes.get(&finding.origin.lines().0),
        "finding/v1": fingerprint,
    })
}

fn related(file: &Value, finding: &Finding) -> Vec<Value> {
    let related = finding.related.iter().enumerate();
    related
        .map(|(id, (origin, label))| {
            let mut location = location(file, origin);
            location["id"] = id.into();
            location["message"] = json!({"text": plain(label)});
            location
        })
        .collect()
}

fn fixes(report: &Report<'_>, file: &Value, finding: &Finding) -> Vec<Value> {
    let description = finding.diagnostic.help.as_ref();
    let description = description.unwrap_or(&finding.diagnostic.message);
    let fix = report.fix(finding).map(|(extent, replacement)| {
        json!({
            "description": {"text": description},
            "artifactChanges": [{
                "artifactLocation": file,
                "replacements": [{
                    "deletedRegion": region(&extent),
                    "insertedContent": {"text": replacement},
                }],
            }],
        })
    });
    fix.into_iter().collect()
}

/// What is not in the text is at the file's start, for GitHub shows no result without a line.
fn location(file: &Value, origin: &Origin) -> Value {
    let region = match origin {
        Origin::Text(extent) => region(extent),
        Origin::Flag(_) | Origin::Document => {
            json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1})
        }
    };
    let mut location = json!({
        "physicalLocation": {"artifactLocation": file, "region": region},
    });
    if let Origin::Flag(flag) = origin {
        location["logicalLocations"] = json!([{"name": flag, "kind": "parameter"}]);
    }
    location
}

fn region(extent: &Extent) -> Value {
    json!({
        "startLine": extent.start.line,
        "startColumn": extent.start.column,
        "endLine": extent.end.line,
        "endColumn": extent.end.column,
    })
}

fn artifact(report: &Report<'_>) -> Value {
    let path = report.path();
    let encoded = utf8_percent_encode(&path, ESCAPED);
    if !Path::new(&path).is_absolute() {
        return json!({"uri": encoded.to_string(), "uriBaseId": "%SRCROOT%"});
    }
    // A drive's letter has no slash before it.
    let slash = if path.starts_with('/') { "" } else { "/" };
    json!({"uri": format!("file://{slash}{encoded}")})
}
