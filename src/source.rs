//! From bytes to a [`Document`]: the value that a cluster file holds, and where in the text each
//! part of it is. Knows YAML; knows nothing of clusters.
//!
//! Reading never fails as a call. What is wrong with the text is in [`Document::faults`], all of it
//! as far as the text can be read, and time, memory and depth are bounded whatever the bytes are.

mod builder;
mod comments;
mod fault;
mod load;
mod path;
mod position;
mod scalar;
mod tree;
mod written;

use std::ops::Range;

use serde_json::{Map, Value};

pub use fault::{Fault, FaultKind};
pub use load::{is_stream, load, read};
pub use path::{DocPath, Part, Place, Segment};
pub use position::Position;

use position::TextIndex;
use tree::{Content, Shape, Tree};

/// Most bytes of a document: a thousand nodes written out take less than a tenth of it.
pub const MOST_BYTES: usize = 4 << 20;

/// Most values of a document, aliases expanded; long texts count as several.
pub const MOST_VALUES: usize = 250_000;

/// Deepest nesting of a document.
pub const DEEPEST: usize = 100;

/// A document: its text, its value and the place of each part.
///
/// ```
/// use restate_gen::source::{DocPath, Document, Spot};
///
/// let document = Document::parse("restate-cluster.yaml", "nodes: 3\nname: 'orders'\n");
/// assert_eq!(document.value()["nodes"], 3);
///
/// let Spot::Text { range, .. } = document.spot(&DocPath::of(["name"]).as_value()) else {
///     panic!("written in the file");
/// };
/// assert_eq!(&document.text()[range.clone()], "'orders'");
/// assert_eq!(document.position(range.start).column, 7);
/// ```
#[derive(Debug, Clone)]
pub struct Document {
    name: String,
    text: String,
    index: TextIndex,
    tree: Tree,
    value: Value,
    faults: Vec<Fault>,
    flags: Vec<(DocPath, String)>,
}

/// Where a [`Place`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// In the text.
    Text {
        /// Bytes of [`Document::text`].
        range: Range<usize>,
        /// Where it is used, when it is written elsewhere: the alias or the `<<`.
        used_at: Option<Range<usize>>,
    },
    /// On the command line: the flag as it was given.
    Flag(String),
}

impl Document {
    /// Reads a document. `name` is how messages call it: a path, or `<stdin>`.
    pub fn parse(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let mut document = Self::empty(name);
        let bytes = bytes.into();
        if bytes.len() > MOST_BYTES {
            document.faults.push(Fault {
                kind: FaultKind::TooLarge,
                range: 0..0,
            });
            return document;
        }
        let mut faults = Vec::new();
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            let offset = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[offset];
            let shown = offset..offset + char::REPLACEMENT_CHARACTER.len_utf8();
            faults.push(Fault {
                kind: FaultKind::NotUtf8 { offset, byte },
                range: shown,
            });
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        // The scanner would take NUL for the end of the file and never see the rest.
        if let Some((at, character)) = text
            .char_indices()
            .find(|(_, c)| is_unprintable(*c))
            .filter(|_| faults.is_empty())
        {
            let range = at..at + character.len_utf8();
            faults.push(Fault {
                kind: FaultKind::Unprintable(character),
                range,
            });
        }
        document.index = TextIndex::new(&text);
        document.text = text;
        if faults.is_empty() {
            (document.tree, faults) = builder::build(&document.text, &document.index);
        }
        document.faults = faults;
        document.settle();
        document
    }

    /// A document in which nothing is written: all defaults, or flags alone.
    pub fn empty(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: String::new(),
            index: TextIndex::new(""),
            tree: Tree::default(),
            value: Value::Object(Map::new()),
            faults: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// A text that is not read as YAML: findings have their places in it, and it sets nothing.
    pub fn unread(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            index: TextIndex::new(&text),
            text,
            ..Self::empty(name)
        }
    }

    /// Takes the tree's value as the document's, when it is a mapping that was read to its end.
    fn settle(&mut self) {
        let Some(root) = self.tree.root else { return };
        if !self.is_readable() {
            return;
        }
        let node = &self.tree.nodes[root];
        match &node.content {
            Content::Mapping(_) => self.value = self.tree.value(root),
            // Nothing but `---` is as empty as nothing at all.
            Content::Scalar(Value::Null) if node.shape == Shape::Absent => {}
            other => {
                let found = tree::in_words(other);
                let range = self.first_line_of(&node.range);
                self.faults.push(Fault {
                    kind: FaultKind::NotAMapping { found },
                    range,
                });
            }
        }
    }

    /// Sets a value from the command line, over what is written. `flag` is how it was given:
    /// `--nodes 5`. Places at and below the path then lead to the flag.
    ///
    /// Mappings on the way are made when they are missing; what else stands in the way is replaced.
    pub fn set(&mut self, path: DocPath, value: Value, flag: impl Into<String>) {
        let mut slot = &mut self.value;
        for segment in path.segments() {
            let Segment::Key(key) = segment else { return };
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            let Value::Object(entries) = slot else { return };
            slot = entries.entry(key.as_str()).or_insert(Value::Null);
        }
        *slot = value;
        self.flags.push((path, flag.into()));
    }

    /// Has places at and below a path lead to a flag, for a path that no value of the document is at.
    pub fn lead(&mut self, path: DocPath, flag: impl Into<String>) {
        self.flags.push((path, flag.into()));
    }

    /// What was set from the command line, as it was given.
    pub fn flags(&self) -> impl Iterator<Item = &str> {
        self.flags.iter().map(|(_, flag)| flag.as_str())
    }

    /// How messages call the document: a path, or `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text; where it was not UTF-8, with replacement characters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value, a mapping: aliases and merges expanded, what could not be read left out.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What is wrong with the text as such.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether the value is what was written. When not, a fault hides the content, and checks of the
    /// value would only add noise.
    pub fn is_readable(&self) -> bool {
        !self.faults.iter().any(|fault| fault.kind.hides_content())
    }

    /// The value at a path.
    pub fn get(&self, path: &DocPath) -> Option<&Value> {
        path.segments()
            .iter()
            .try_fold(&self.value, |value, segment| match segment {
                Segment::Key(key) => value.get(key),
                Segment::Index(index) => value.get(index),
            })
    }

    /// Where a place is. One that does not exist is at its nearest parent's key, or at the
    /// document's start. A mapping or list by indentation is at its key, for it has no characters
    /// of its own.
    pub fn spot(&self, place: &Place) -> Spot {
        let flag = self
            .flags
            .iter()
            .rev()
            .find(|(path, _)| place.path.is_within(path));
        if let Some((_, flag)) = flag {
            return Spot::Flag(flag.clone());
        }
        let Some(found) = self.tree.find(&place.path) else {
            return Spot::Text {
                range: 0..0,
                used_at: None,
            };
        };
        let at_key = place.part == Part::Key || !found.whole || found.node.shape != Shape::Inline;
        let range = match found.key {
            Some(key) if at_key => key.clone(),
            // The root, which has no key either, is where the file starts.
            None if at_key && std::ptr::eq(found.node, self.root_node(found.node)) => 0..0,
            _ => self.first_line_of(&found.node.range),
        };
        Spot::Text {
            range,
            used_at: found.used_at.cloned(),
        }
    }

    fn root_node<'a>(&'a self, otherwise: &'a tree::Node) -> &'a tree::Node {
        self.tree
            .root
            .map_or(otherwise, |root| &self.tree.nodes[root])
    }

    /// The part of a range that is on its first line; all of that line for a range without end.
    fn first_line_of(&self, range: &Range<usize>) -> Range<usize> {
        let line = self.index.line(&self.text, self.position(range.start).line);
        let end = if range.end > range.start {
            range.end.min(line.end)
        } else {
            line.end
        };
        range.start..end.max(range.start)
    }

    /// What is written at a place, as it is written; none when it is not in the text as one piece.
    pub fn written(&self, place: &Place) -> Option<&str> {
        self.text.get(self.range_written(place)?)
    }

    /// Bytes of what is written at a place; none when it is not in the text as one piece.
    pub fn range_written(&self, place: &Place) -> Option<Range<usize>> {
        let found = self.tree.find(&place.path).filter(|found| found.whole)?;
        let range = match place.part {
            Part::Key => found.key?,
            Part::Value if found.node.shape == Shape::Inline => &found.node.range,
            Part::Value => return None,
        };
        let is_overridden = self
            .flags
            .iter()
            .any(|(path, _)| place.path.is_within(path));
        Some(range.clone()).filter(|_| !is_overridden)
    }

    /// Bytes of the comments that contain a word, from their `#` on, in the order of the text.
    pub fn comments_with(&self, word: &str) -> Vec<Range<usize>> {
        comments::containing(&self.text, &self.tree, word)
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        self.index.position(&self.text, offset)
    }

    /// Bytes of a line, from 1, without its line break.
    pub fn line(&self, line: usize) -> Range<usize> {
        self.index.line(&self.text, line)
    }
}

/// A value from the command line, by the rules for a plain scalar: `5` is a number, `many` is text.
pub fn plain_value(text: &str) -> Value {
    match scalar::plain(text) {
        scalar::Plain::Value(value) => value,
        scalar::Plain::NotFinite => Value::String(text.to_owned()),
    }
}

/// Whether YAML forbids the character: control characters but tab and line breaks.
fn is_unprintable(character: char) -> bool {
    let allowed = matches!(character, '\t' | '\n' | '\r' | '\u{85}');
    (character.is_control() && !allowed) || matches!(character, '\u{fffe}' | '\u{ffff}')
}
