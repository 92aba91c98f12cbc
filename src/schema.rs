//! The published JSON schema, and what is reported for a document that does not fit it.
//!
//! The walker finds where the document and the schema part; where the schema offers a choice, the
//! branch that was meant is picked; and each misfit is aimed at the key or value that the user has to
//! change, and said in the words of the cluster file.

mod branch;
mod explain;
mod fields;
mod forms;
mod generate;
mod keys;
mod model;
mod phrases;
mod published;
mod rules;
mod walk;

pub use fields::{Below, Field, Meaning, field, field_paths, fields_named};
pub use generate::{schema, text};
pub use model::{Reading, read};
pub use rules::*;
pub use walk::KEYWORDS;

use crate::diagnostic::Diagnostic;
use crate::source::Document;
use published::PUBLISHED;

/// Most faults that one run reports: a file that has more is not a cluster file.
pub const MOST_FAULTS: usize = 1000;

/// Every place where the document does not fit the schema, at most [`MOST_FAULTS`].
///
/// Says nothing of a document that is not readable: see [`Document::is_readable`].
pub fn check(document: &Document) -> Vec<Diagnostic> {
    if !document.is_readable() {
        return Vec::new();
    }
    let mut misfits = walk::misfits(document.value(), &PUBLISHED.root);
    misfits.truncate(MOST_FAULTS);
    misfits
        .iter()
        .map(|misfit| explain::diagnostic(document, misfit))
        .collect()
}
