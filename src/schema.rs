//! The published JSON schema, and what a document that does not fit it is told.
//!
//! The validator says where the schema and the document part; the modules below re-aim that at the
//! key or value that the user has to change, and say it in the words of the cluster file.

mod branch;
mod explain;
mod forms;
mod generate;
mod keys;
mod model;
mod rules;

use std::sync::LazyLock;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

pub use generate::{schema, text};
pub use model::{Reading, read};
pub use rules::*;

use crate::diagnostic::Diagnostic;
use crate::source::Document;

/// Most faults that one run reports: a file that has more is not a cluster file.
pub const MOST_FAULTS: usize = 1000;

/// The committed schema: a test holds it equal to [`schema`], so nothing is generated at start-up.
static PUBLISHED: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../schema/cluster.schema.json"))
        .expect("schema/cluster.schema.json is JSON: a test compares it with the generated one")
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::draft7::options()
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .build(&PUBLISHED)
        .expect("schema/cluster.schema.json is a schema: every test that reads a file compiles it")
});

/// Every place where the document does not fit the schema, at most [`MOST_FAULTS`].
///
/// Says nothing of a document that is not readable: see [`Document::is_readable`].
pub fn check(document: &Document) -> Vec<Diagnostic> {
    if !document.is_readable() {
        return Vec::new();
    }
    VALIDATOR
        .iter_errors(document.value())
        .flat_map(branch::misfits)
        .take(MOST_FAULTS)
        .map(|misfit| explain::diagnostic(document, &misfit))
        .collect()
}
