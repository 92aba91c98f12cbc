//! YAML events to a [`Tree`]: bounded in time, memory and depth, and with all faults on the way.

use std::borrow::Cow;

use indexmap::{IndexMap, map};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use serde_json::Value;

use super::fault::{Fault, FaultKind};
use super::position::TextIndex;
use super::scalar::{Plain, plain, tagged};
use super::tree::{Bytes, Content, Edge, Entry, Node, NodeId, Shape, Tree, in_words};
use super::written::Written;
use super::{DEEPEST, MOST_VALUES};

/// Most faults that are kept: a file that has more is not a cluster file.
const MOST_FAULTS: usize = 1000;

/// Most anchors that the fault of an unknown alias brings, those nearest before it: enough to guess which was meant.
const MOST_KNOWN: usize = 100;

/// Bytes of a string that count as one more value, so that aliases of a long one cannot fill the memory.
const BYTES_OF_A_VALUE: usize = 256;

/// Reads the text into a tree and the faults met, of which the last may hide the rest.
pub(super) fn build(text: &str, index: &TextIndex) -> (Tree, Vec<Fault>) {
    // The scanner takes a byte order mark for a token; left out, it cannot disturb anything.
    let yaml = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        written: Written::new(text, index, usize::from(yaml.len() < text.len())),
        tree: Tree::default(),
        faults: Vec::new(),
        open: Vec::new(),
        anchors: Vec::new(),
        values: 0,
        behind: 0,
    };
    let mut parser = Parser::new_from_str(yaml);
    if let Err(fault) = builder.run(&mut parser) {
        builder.faults.push(fault);
    }
    (builder.tree, builder.faults)
}

struct Builder<'t> {
    written: Written<'t>,
    tree: Tree,
    faults: Vec<Fault>,
    /// The collections that are not at their end, outermost first.
    open: Vec<Open>,
    /// By the parser's anchor number.
    anchors: Vec<Anchor>,
    /// How many values there are so far, aliases expanded.
    values: usize,
    /// Where the last value or alias ends.
    behind: usize,
}

/// What an anchor names.
#[derive(Clone)]
struct Anchor {
    name: String,
    /// None while the value is not at its end.
    node: Option<NodeId>,
}

/// A collection that is not at its end.
struct Open {
    content: OpenContent,
    range: Bytes,
    shape: Shape,
    anchor: usize,
    values: usize,
    levels: usize,
}

enum OpenContent {
    List(Vec<Edge>),
    Mapping {
        entries: IndexMap<String, Entry>,
        /// The key whose value is next.
        key: Option<Key>,
        merges: Vec<(NodeId, Bytes)>,
    },
}

/// A key of a mapping.
enum Key {
    Text(String, Bytes),
    /// `<<`.
    Merge(Bytes),
    /// A key that is not a string: its value is skipped.
    Unusable,
}

impl<'t> Builder<'t> {
    fn run(&mut self, parser: &mut Parser<'t, saphyr_parser::StrInput<'t>>) -> Result<(), Fault> {
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                // The parser continues behind an alias that it does not know.
                Err(error) if error.info().contains("unknown anchor") => {
                    self.unknown_alias(&error)?;
                    continue;
                }
                Err(error) => return Err(self.written.scan_fault(&error)),
            };
            let range = self.written.range(span);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        self.fault(FaultKind::SecondDocument, range);
                        return Ok(());
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let range = self.behind_properties(range, anchor, tag.as_deref());
                    let (range, shape) = self.scalar_range(range, style);
                    // `<<` merges only as it stands, neither quoted nor tagged.
                    if text == "<<"
                        && style == ScalarStyle::Plain
                        && tag.is_none()
                        && self.wants_key()
                    {
                        self.set_key(Key::Merge(range));
                        continue;
                    }
                    let value = self.scalar(text, style, tag.as_deref(), &range);
                    let weight = value.as_str().map_or(1, weight);
                    self.values += weight - 1;
                    let node = self.node(Content::Scalar(value), range, shape, weight, 0)?;
                    self.name(anchor, node);
                    self.attach(node, None)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.start(
                        OpenContent::List(Vec::new()),
                        range,
                        anchor,
                        tag.as_deref(),
                        "seq",
                    )?;
                }
                Event::MappingStart(anchor, tag) => {
                    let content = OpenContent::Mapping {
                        entries: IndexMap::new(),
                        key: None,
                        merges: Vec::new(),
                    };
                    self.start(content, range, anchor, tag.as_deref(), "map")?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(range)?,
                Event::Alias(anchor) => self.alias(anchor, range)?,
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        Ok(())
    }

    // Collections.

    fn start(
        &mut self,
        content: OpenContent,
        range: Bytes,
        anchor: usize,
        tag: Option<&Tag>,
        core_tag: &str,
    ) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(Fault {
                kind: FaultKind::TooDeep,
                range,
            });
        }
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == core_tag)
        {
            self.tag_fault(&range);
        }
        let range = self.behind_properties(range, anchor, tag);
        // One by indentation has no characters: it may start where its first item, in brackets, does.
        let inline = self.written.text_of(&range).starts_with(['[', '{']);
        self.open.push(Open {
            content,
            shape: if inline { Shape::Inline } else { Shape::Block },
            range,
            anchor,
            values: 1,
            levels: 0,
        });
        Ok(())
    }

    fn end(&mut self, range: Bytes) -> Result<(), Fault> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        if open.shape == Shape::Inline {
            let behind = self.behind.max(open.range.start + 1);
            open.range.end = self.written.closing_bracket(behind).unwrap_or(range.end);
        }
        let content = match open.content {
            OpenContent::List(items) => Content::List(items),
            OpenContent::Mapping {
                mut entries,
                merges,
                ..
            } => {
                for (node, at) in merges {
                    open.values += self.merge(&mut entries, node, &at)?;
                }
                Content::Mapping(entries)
            }
        };
        let node = self.node(content, open.range, open.shape, open.values, open.levels)?;
        self.name(open.anchor, node);
        self.attach(node, None)
    }

    /// Adds a node to the collection that is open, as a key, a value or an item.
    fn attach(&mut self, node: NodeId, used_at: Option<Bytes>) -> Result<(), Fault> {
        let (values, levels) = (self.tree.nodes[node].values, self.tree.nodes[node].levels);
        if self.open.len() + levels > DEEPEST {
            let range = used_at.unwrap_or(self.tree.nodes[node].range.clone());
            return Err(Fault {
                kind: FaultKind::TooDeep,
                range,
            });
        }
        if self.wants_key() {
            let key = self.key(node, used_at);
            self.set_key(key);
            // An alias of the mapping repeats its keys too.
            if let Some(open) = self.open.last_mut() {
                open.values += values;
            }
            return Ok(());
        }
        let Some(open) = self.open.last_mut() else {
            self.tree.root = Some(node);
            return Ok(());
        };
        open.values += values;
        open.levels = open.levels.max(levels + 1);
        match &mut open.content {
            OpenContent::List(items) => items.push(Edge { node, used_at }),
            OpenContent::Mapping {
                entries,
                key,
                merges,
            } => match key.take() {
                Some(Key::Text(key, range)) => match entries.entry(key) {
                    map::Entry::Occupied(first) => {
                        let kind = FaultKind::DuplicateKey {
                            key: first.key().clone(),
                            first: first.get().key.clone(),
                        };
                        if self.faults.len() < MOST_FAULTS {
                            self.faults.push(Fault { kind, range });
                        }
                    }
                    map::Entry::Vacant(place) => {
                        let value = Edge { node, used_at };
                        place.insert(Entry { key: range, value });
                    }
                },
                Some(Key::Merge(at)) => merges.push((node, at)),
                Some(Key::Unusable) | None => {}
            },
        }
        Ok(())
    }

    fn wants_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                content: OpenContent::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn set_key(&mut self, next: Key) {
        if let Some(Open {
            content: OpenContent::Mapping { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(next);
        }
    }

    /// The key that a node is, when it is text.
    fn key(&mut self, node: NodeId, used_at: Option<Bytes>) -> Key {
        let node = &self.tree.nodes[node];
        let range = used_at.unwrap_or(node.range.clone());
        if let Content::Scalar(Value::String(text)) = &node.content {
            return Key::Text(text.clone(), range);
        }
        let found = in_words(&node.content);
        self.fault(FaultKind::NotTextKey { found }, range);
        Key::Unusable
    }

    /// Adds the entries that the mapping does not have; gives back how many values that were.
    fn merge(
        &mut self,
        entries: &mut IndexMap<String, Entry>,
        node: NodeId,
        at: &Bytes,
    ) -> Result<usize, Fault> {
        let sources = match &self.tree.nodes[node].content {
            Content::Mapping(_) => vec![node],
            Content::List(items) => items.iter().map(|item| item.node).collect(),
            Content::Scalar(_) => vec![node],
        };
        let before = self.values;
        for source in sources {
            let Content::Mapping(merged) = &self.tree.nodes[source].content else {
                let found = in_words(&self.tree.nodes[source].content);
                self.fault(FaultKind::MergeOfNoMapping { found }, at.clone());
                continue;
            };
            for (key, entry) in merged {
                self.values += weight(key);
                if entries.contains_key(key) {
                    continue;
                }
                let node = entry.value.node;
                self.values += self.tree.nodes[node].values;
                let value = Edge {
                    node,
                    used_at: Some(at.clone()),
                };
                let key_range = entry.key.clone();
                entries.insert(
                    key.clone(),
                    Entry {
                        key: key_range,
                        value,
                    },
                );
                if self.values > MOST_VALUES {
                    return Err(Fault {
                        kind: FaultKind::TooManyValues,
                        range: at.clone(),
                    });
                }
            }
        }
        Ok(self.values - before)
    }

    /// Adds a node to the tree, within the bound on all of them.
    fn node(
        &mut self,
        content: Content,
        range: Bytes,
        shape: Shape,
        values: usize,
        levels: usize,
    ) -> Result<NodeId, Fault> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Fault {
                kind: FaultKind::TooManyValues,
                range,
            });
        }
        self.behind = self.behind.max(match shape {
            Shape::Absent => range.start,
            Shape::Inline | Shape::Block => range.end,
        });
        self.tree.nodes.push(Node {
            content,
            range,
            shape,
            values,
            levels,
        });
        Ok(self.tree.nodes.len() - 1)
    }

    // Anchors and aliases.

    /// Notes what an anchor names.
    fn name(&mut self, anchor: usize, node: NodeId) {
        if let Some(anchor) = self.anchors.get_mut(anchor) {
            anchor.node = Some(node);
        }
    }

    fn alias(&mut self, anchor: usize, range: Bytes) -> Result<(), Fault> {
        self.behind = self.behind.max(range.end);
        match self.anchors.get(anchor).cloned() {
            Some(Anchor {
                node: Some(node), ..
            }) => {
                self.values += self.tree.nodes[node].values;
                if self.values > MOST_VALUES {
                    return Err(Fault {
                        kind: FaultKind::TooManyValues,
                        range,
                    });
                }
                self.attach(node, Some(range))
            }
            Some(Anchor { name, .. }) => {
                self.fault(FaultKind::AliasInItself { name }, range.clone());
                self.attach_nothing(range)
            }
            None => self.attach_nothing(range),
        }
    }

    fn unknown_alias(&mut self, error: &ScanError) -> Result<(), Fault> {
        let (range, name) = self.written.alias_at(error.marker());
        let set = self
            .anchors
            .iter()
            .rev()
            .filter(|anchor| anchor.node.is_some());
        let kind = FaultKind::UnknownAlias {
            name: name.to_owned(),
            known: set
                .map(|anchor| anchor.name.clone())
                .take(MOST_KNOWN)
                .collect(),
        };
        self.fault(kind, range.clone());
        self.attach_nothing(range)
    }

    /// A placeholder for a value that could not be read.
    fn attach_nothing(&mut self, range: Bytes) -> Result<(), Fault> {
        let node = self.node(Content::Scalar(Value::Null), range, Shape::Inline, 1, 0)?;
        self.attach(node, None)
    }

    // Scalars.

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        range: &Bytes,
    ) -> Value {
        let resolved = match (tag, style) {
            (None, ScalarStyle::Plain) => plain(&text),
            (None, _) => return Value::String(text.into_owned()),
            (Some(tag), _) => match tagged(&text, tag) {
                Some(resolved) => resolved,
                None => {
                    self.tag_fault(range);
                    // Without the tag, as the fault will say, it would be this.
                    match style {
                        ScalarStyle::Plain => plain(&text),
                        _ => return Value::String(text.into_owned()),
                    }
                }
            },
        };
        match resolved {
            Plain::Value(value) => value,
            Plain::NotFinite => {
                self.fault(FaultKind::NotFinite, range.clone());
                Value::Null
            }
        }
    }

    /// Where a scalar stands, and in which shape.
    fn scalar_range(&self, range: Bytes, style: ScalarStyle) -> (Bytes, Shape) {
        let written = self.written.scalar(range, style);
        // The parser places a value that is not there on the token before or after it.
        let absent = style == ScalarStyle::Plain
            && matches!(
                self.written.text_of(&written),
                "" | ":" | "," | "}" | "]" | "-" | "?"
            );
        if absent && let Some(dash) = self.dash_before(written.start) {
            return (dash..dash + 1, Shape::Inline);
        }
        let shape = if absent { Shape::Absent } else { Shape::Inline };
        (written, shape)
    }

    /// The range of a value without its anchor, which is noted, and its tag.
    fn behind_properties(&mut self, range: Bytes, anchor: usize, tag: Option<&Tag>) -> Bytes {
        if anchor == 0 && tag.is_none() {
            return range;
        }
        let (range, name) = self.written.behind_properties(range);
        if let Some(name) = name {
            self.set_anchor(anchor, name.to_owned());
        }
        range
    }

    /// The dash of the list item that starts before that offset and has no value.
    fn dash_before(&self, offset: usize) -> Option<usize> {
        let in_list = matches!(self.open.last()?.content, OpenContent::List(_));
        let before = self.written.text_of(&(0..offset));
        let before = before.trim_end_matches([' ', '\t']);
        (in_list && before.ends_with('-')).then(|| before.len() - 1)
    }

    fn set_anchor(&mut self, anchor: usize, name: String) {
        if self.anchors.len() <= anchor {
            let unset = Anchor {
                name: String::new(),
                node: None,
            };
            self.anchors.resize(anchor + 1, unset);
        }
        self.anchors[anchor].name = name;
    }

    // Faults and places.

    fn tag_fault(&mut self, range: &Bytes) {
        let (range, tag) = self.written.tag_of(range);
        let tag = tag.to_owned();
        self.fault(FaultKind::Tag { tag }, range);
    }

    /// Keeps a fault that lets the rest be read.
    fn fault(&mut self, kind: FaultKind, range: Bytes) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { kind, range });
        }
    }
}

/// How many values a string counts as.
fn weight(text: &str) -> usize {
    1 + text.len() / BYTES_OF_A_VALUE
}
