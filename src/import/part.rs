//! Values of several documents as one, each with the place where it is written.

use indexmap::IndexMap;
use serde_json::Value;

use crate::diagnostic::At;
use crate::source::{DocPath, Document};

/// A place in one of the documents that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Which document.
    pub document: usize,
    /// Where in it.
    pub at: At,
}

/// A value and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it holds.
    pub content: Content,
    /// Where it is.
    pub spot: Spot,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Text, a number, `true`, `false` or nothing.
    Scalar(Value),
    /// A list.
    List(Vec<Part>),
    /// A mapping.
    Map(IndexMap<String, Part>),
}

impl Part {
    /// All of a document.
    pub fn of(document: usize, source: &Document) -> Self {
        Self::at(document, DocPath::root(), source.value())
    }

    fn at(document: usize, path: DocPath, value: &Value) -> Self {
        let content = match value {
            Value::Array(items) => Content::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Self::at(document, path.clone().index(index), item))
                    .collect(),
            ),
            Value::Object(entries) => Content::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let below = Self::at(document, path.clone().key(key), value);
                        (key.clone(), below)
                    })
                    .collect(),
            ),
            scalar => Content::Scalar(scalar.clone()),
        };
        let spot = Spot {
            document,
            at: At::from(path),
        };
        Self { content, spot }
    }

    /// A text at a place.
    pub fn text_at(text: impl Into<String>, spot: Spot) -> Self {
        Self {
            content: Content::Scalar(Value::String(text.into())),
            spot,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.get(key)
    }

    /// The value behind several keys.
    pub fn find(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |part, key| part.get(key))
    }

    /// The entries, where it is a mapping.
    pub fn map(&self) -> Option<&IndexMap<String, Self>> {
        match &self.content {
            Content::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries; none where it is not a mapping.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = self.map().into_iter().flatten();
        entries.map(|(key, part)| (key.as_str(), part))
    }

    /// The items of a list; one that is a scalar is the only item.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            Content::Scalar(Value::Null) | Content::Map(_) => &[],
            Content::Scalar(_) => std::slice::from_ref(self),
        }
    }

    /// A scalar as it is written; none where it is empty, a list or a mapping.
    pub fn text(&self) -> Option<String> {
        match &self.content {
            Content::Scalar(Value::String(text)) => Some(text.clone()),
            Content::Scalar(Value::Null) | Content::List(_) | Content::Map(_) => None,
            Content::Scalar(other) => Some(other.to_string()),
        }
    }

    /// The value without its places.
    pub fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(Self::value).collect(),
            Content::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(key, part)| (key.clone(), part.value()));
                Value::Object(entries.collect())
            }
        }
    }

    /// The same with every text replaced.
    #[must_use]
    pub fn with_texts(self, replaced: &mut impl FnMut(&str, &Spot) -> String) -> Self {
        let Self { content, spot } = self;
        let content = match content {
            Content::Scalar(Value::String(text)) => {
                Content::Scalar(Value::String(replaced(&text, &spot)))
            }
            Content::Scalar(value) => Content::Scalar(value),
            Content::List(items) => Content::List(
                items
                    .into_iter()
                    .map(|item| item.with_texts(replaced))
                    .collect(),
            ),
            Content::Map(entries) => Content::Map(
                entries
                    .into_iter()
                    .map(|(key, part)| (key, part.with_texts(replaced)))
                    .collect(),
            ),
        };
        Self { content, spot }
    }
}
