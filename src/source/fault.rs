//! What can be wrong with a text before its meaning is looked at.

use std::ops::Range;

/// A fault of reading, at a range of bytes of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Where, in bytes of [`Document::text`](super::Document::text).
    pub range: Range<usize>,
}

/// The kinds of faults of reading.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The bytes are not UTF-8.
    NotUtf8 {
        /// Offset of the first such byte.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// The file is larger than [`MOST_BYTES`](super::MOST_BYTES).
    TooLarge,
    /// A character that YAML forbids, such as NUL.
    Unprintable(char),
    /// Not YAML.
    Syntax {
        /// What the scanner says.
        said: String,
        /// Whether a tab stands where the scanner stopped.
        tab: bool,
    },
    /// The top level is a list or a single value.
    NotAMapping {
        /// What it is, in words: `a list`.
        found: &'static str,
    },
    /// Another document begins.
    SecondDocument,
    /// A key that its mapping has already.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: Range<usize>,
    },
    /// A key that is not text.
    NotTextKey {
        /// What it is, in words: `a number`.
        found: &'static str,
    },
    /// An alias whose anchor is not set before it.
    UnknownAlias {
        /// The alias without its `*`.
        name: String,
        /// The anchors set so far.
        known: Vec<String>,
    },
    /// An alias inside the value that it stands for.
    AliasInItself {
        /// The alias without its `*`.
        name: String,
    },
    /// `<<` with something other than a mapping or a list of mappings.
    MergeOfNoMapping {
        /// What it is, in words.
        found: &'static str,
    },
    /// More than [`MOST_VALUES`](super::MOST_VALUES) values, written out or by aliases.
    TooManyValues,
    /// Nested deeper than [`DEEPEST`](super::DEEPEST).
    TooDeep,
    /// A tag that is not one of YAML's own, or that does not fit its value.
    Tag {
        /// The tag as written.
        tag: String,
    },
    /// `.inf` or `.nan`.
    NotFinite,
}

impl FaultKind {
    /// Whether the fault hides what follows it, so that nothing can be said about the content.
    pub fn hides_content(&self) -> bool {
        match self {
            FaultKind::NotUtf8 { .. }
            | FaultKind::TooLarge
            | FaultKind::Unprintable(_)
            | FaultKind::Syntax { .. }
            | FaultKind::NotAMapping { .. }
            | FaultKind::TooManyValues
            | FaultKind::TooDeep => true,
            FaultKind::SecondDocument
            | FaultKind::DuplicateKey { .. }
            | FaultKind::NotTextKey { .. }
            | FaultKind::UnknownAlias { .. }
            | FaultKind::AliasInItself { .. }
            | FaultKind::MergeOfNoMapping { .. }
            | FaultKind::Tag { .. }
            | FaultKind::NotFinite => false,
        }
    }
}
