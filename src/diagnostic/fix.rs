//! Fixing a document by the changes of its findings: bytes are replaced where they stand, so comments and layout stay.

use std::ops::Range;

use super::{At, Finding, Fix, Report};
use crate::source::{Document, Part};

/// A text with one change made.
///
/// A change is good only when the text is better after it, which the caller finds out by reading it again.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// The code of the rule that found what it fixes.
    pub code: &'static str,
    /// Bytes that are replaced.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub replacement: String,
}

impl Edit {
    /// The text after the change.
    pub fn applied(&self, text: &str) -> String {
        format!(
            "{}{}{}",
            &text[..self.range.start],
            self.replacement,
            &text[self.range.end..]
        )
    }
}

/// The changes that the findings of a report bring, the last of the text first, so that one leaves the places of the
/// next alone. Values that came by a flag or an alias are not in the text as one piece, and have none.
pub fn edits(report: &Report<'_>) -> Vec<Edit> {
    let edit = |finding: &Finding| {
        let (extent, replacement) = report.fix(finding)?;
        if is_there_already(report.document(), finding) {
            return None;
        }
        Some(Edit {
            code: finding.diagnostic.rule.code,
            range: extent.range,
            replacement: replacement.to_owned(),
        })
    };
    let mut edits: Vec<Edit> = report.findings().iter().filter_map(edit).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
    edits.dedup_by(|later, earlier| later.range.end > earlier.range.start);
    edits
}

/// Whether a key would become one that its mapping has.
fn is_there_already(document: &Document, finding: &Finding) -> bool {
    let Some(Fix {
        at: At::Place(place),
        replacement,
    }) = &finding.diagnostic.fix
    else {
        return false;
    };
    let other = place.path.parent().map(|parent| parent.key(replacement));
    place.part == Part::Key && other.is_some_and(|other| document.get(&other).is_some())
}
