//! A document as a graph of nodes with their byte ranges. An alias is an edge to the node that the
//! anchor names, so that a value is always placed where it is written.

use std::ops::Range;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::path::{DocPath, Segment};

/// Bytes of the text.
pub(super) type Bytes = Range<usize>;

/// Number of a node in its [`Tree`].
pub(super) type NodeId = usize;

/// Every node of a document.
#[derive(Debug, Default, Clone)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<NodeId>,
}

/// One value as it is written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) range: Bytes,
    pub(super) shape: Shape,
    /// How many values it stands for, aliases expanded.
    pub(super) values: usize,
    /// How many levels it has below itself, aliases expanded.
    pub(super) levels: usize,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar(Value),
    List(Vec<Edge>),
    Mapping(IndexMap<String, Entry>),
}

/// How a node is written, which decides where it is pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// On its own characters: a scalar, or a collection in brackets.
    Inline,
    /// A collection by indentation: it has no characters of its own.
    Block,
    /// A key without a value: there is nothing to point at.
    Absent,
}

/// A list item.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) node: NodeId,
    /// Where it is used, when it came by an alias or a merge.
    pub(super) used_at: Option<Bytes>,
}

/// An entry of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Bytes,
    pub(super) value: Edge,
}

/// What a path leads to, or the nearest thing above it that exists.
pub(super) struct Found<'t> {
    /// The key of the entry; none for the root and for list items.
    pub(super) key: Option<&'t Bytes>,
    pub(super) node: &'t Node,
    /// Where an alias or a merge on the way is written: the one nearest to the top level.
    pub(super) used_at: Option<&'t Bytes>,
    /// Whether the whole path exists.
    pub(super) whole: bool,
}

impl Tree {
    /// Follows a path as far as it goes. None when there is no root.
    pub(super) fn find(&self, path: &DocPath) -> Option<Found<'_>> {
        let mut found = Found {
            key: None,
            node: &self.nodes[self.root?],
            used_at: None,
            whole: true,
        };
        for segment in path.segments() {
            let (key, edge) = match (&found.node.content, segment) {
                (Content::Mapping(entries), Segment::Key(key)) => match entries.get(key) {
                    Some(entry) => (Some(&entry.key), &entry.value),
                    None => {
                        return Some(Found {
                            whole: false,
                            ..found
                        });
                    }
                },
                (Content::List(items), Segment::Index(index)) => match items.get(*index) {
                    Some(item) => (None, item),
                    None => {
                        return Some(Found {
                            whole: false,
                            ..found
                        });
                    }
                },
                _ => {
                    return Some(Found {
                        whole: false,
                        ..found
                    });
                }
            };
            found.key = key;
            found.node = &self.nodes[edge.node];
            found.used_at = found.used_at.or(edge.used_at.as_ref());
        }
        Some(found)
    }

    /// The value of a node with its aliases expanded. The builder has bounded both its depth and
    /// its size.
    pub(super) fn value(&self, node: NodeId) -> Value {
        match &self.nodes[node].content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(|item| self.value(item.node)).collect(),
            Content::Mapping(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), self.value(entry.value.node)))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

/// A value's kind in words.
pub(super) fn in_words(content: &Content) -> &'static str {
    match content {
        Content::List(_) => "a list",
        Content::Mapping(_) => "a mapping",
        Content::Scalar(Value::Null) => "nothing",
        Content::Scalar(Value::Bool(_)) => "true or false",
        Content::Scalar(Value::Number(_)) => "a number",
        Content::Scalar(_) => "a string",
    }
}
