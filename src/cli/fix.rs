//! `validate --fix`: a cluster file mended by the changes that its findings bring.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::diagnostic::Report;
use crate::diagnostic::allow::Policy;
use crate::diagnostic::fix::{self, Edit};
use crate::source::Document;
use crate::validation::validate;

/// A change may uncover the next: a key that is spelt right has a value that is looked at. Deeper chains were not seen.
const MOST_ROUNDS: usize = 8;

/// The text with every change made that does away with its finding and makes no fault of reading.
pub fn mended(name: &str, text: &str, policy: &Policy) -> String {
    let mut text = text.to_owned();
    for _ in 0..MOST_ROUNDS {
        let document = Document::parse(name, text.as_bytes());
        let report = validate(&document, policy).report;
        let edits = fix::edits(&report);
        let all = edits
            .iter()
            .fold(text.clone(), |text, edit| edit.applied(&text));
        let most_left = report.findings().len() - edits.len();
        let before = text.clone();
        // Mostly every change is good, and one look at all of them tells.
        if is_good(name, &all, policy, |report| {
            report.findings().len() <= most_left
        }) {
            text = all;
        } else {
            for edit in &edits {
                let tried = edit.applied(&text);
                if is_good(name, &tried, policy, |report| !has(report, edit)) {
                    text = tried;
                }
            }
        }
        if text == before {
            break;
        }
    }
    text
}

/// Whether a text still reads as a document, and its findings are as wanted.
fn is_good(
    name: &str,
    tried: &str,
    policy: &Policy,
    is_wanted: impl Fn(&Report<'_>) -> bool,
) -> bool {
    let document = Document::parse(name, tried.as_bytes());
    document.faults().is_empty() && is_wanted(&validate(&document, policy).report)
}

/// Whether there is a finding as the change was to mend, at its place.
fn has(report: &Report<'_>, edit: &Edit) -> bool {
    report.findings().iter().any(|finding| {
        let at = finding.origin.extent().map(|extent| extent.range.start);
        finding.diagnostic.rule.code == edit.code && at == Some(edit.range.start)
    })
}

/// Puts a text in the place of a file, whole or not at all, with the file's own mode; a link stays a link.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let place = path.canonicalize()?;
        let folder = place.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".restate-gen-")
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        let permissions = std::fs::metadata(&place)?.permissions();
        file.as_file().set_permissions(permissions)?;
        file.persist(&place)?;
        Ok(())
    };
    replace().with_context(|| format!("cannot write {}; nothing was changed", path.display()))
}
