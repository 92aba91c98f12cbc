//! `validate --fix`: a cluster file fixed by the changes that its findings bring.

use std::collections::HashSet;

use crate::diagnostic::allow::Policy;
use crate::diagnostic::fix::{self, Edit};
use crate::source::Document;
use crate::validation::validate;

/// A change may uncover the next: a key that is spelt right has a value that is looked at. Deeper chains were not seen.
const MOST_ROUNDS: usize = 8;

/// Looks at a changed text in a round: a file with many changes that do not work is fixed in part.
const MOST_TRIES: usize = 64;

/// The text with every change made that does away with its finding and makes no fault of reading.
pub fn fixed(name: &str, text: &str, policy: &Policy) -> String {
    let mut text = text.to_owned();
    for _ in 0..MOST_ROUNDS {
        let document = Document::parse(name, text.as_bytes());
        let edits = fix::edits(&validate(&document, policy).report);
        let mut tries = MOST_TRIES;
        let after = with_the_good(name, &text, &edits, policy, &mut tries);
        if after == text {
            break;
        }
        text = after;
    }
    text
}

/// The text with those of the changes made that are good: mostly all are, and one look tells; else each half is tried
/// by itself. The last of the text come first, so that the places of the others stay.
fn with_the_good(
    name: &str,
    text: &str,
    edits: &[Edit],
    policy: &Policy,
    tries: &mut usize,
) -> String {
    let Some(left) = tries.checked_sub(1) else {
        return text.to_owned();
    };
    *tries = left;
    let tried = edits
        .iter()
        .fold(text.to_owned(), |text, edit| edit.applied(&text));
    if is_good(name, &tried, edits, policy) {
        return tried;
    }
    match edits.len() {
        0 | 1 => text.to_owned(),
        count => {
            let (later, earlier) = edits.split_at(count / 2);
            let text = with_the_good(name, text, later, policy, tries);
            with_the_good(name, &text, earlier, policy, tries)
        }
    }
}

/// Whether a text still reads as a document, and has none of the findings that the changes were to fix.
fn is_good(name: &str, tried: &str, edits: &[Edit], policy: &Policy) -> bool {
    let document = Document::parse(name, tried.as_bytes());
    if !document.faults().is_empty() {
        return false;
    }
    let mut shift = 0;
    let fixed: HashSet<(&str, usize)> = edits
        .iter()
        .rev()
        .map(|edit| {
            let at = edit.range.start.wrapping_add_signed(shift);
            shift += edit.replacement.len() as isize - edit.range.len() as isize;
            (edit.code, at)
        })
        .collect();
    let report = validate(&document, policy).report;
    report.findings().iter().all(|finding| {
        let at = finding.origin.extent().map(|extent| extent.range.start);
        at.is_none_or(|at| !fixed.contains(&(finding.diagnostic.rule.code, at)))
    })
}
