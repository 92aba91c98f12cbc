//! Where something is in a document, without knowing its text: paths and places.

use std::fmt;

/// A path into a document: keys of mappings and indices of lists, from the top level down.
///
/// [`DocPath::pointer`] is its JSON Pointer; `Display` is the dotted form that messages use.
///
/// ```
/// use restate_gen::source::DocPath;
///
/// let path = DocPath::root().key("nodes").index(2).key("ports").key("admin");
/// assert_eq!(path.to_string(), "nodes[2].ports.admin");
/// assert_eq!(path.pointer(), "/nodes/2/ports/admin");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocPath(Vec<Segment>);

/// One segment of a [`DocPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// Into a mapping, by key.
    Key(String),
    /// Into a list, by index from 0.
    Index(usize),
}

impl DocPath {
    /// The top level.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path from keys alone: `DocPath::of(["resources", "memory"])`.
    pub fn of<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self(
            keys.into_iter()
                .map(|key| Segment::Key(key.into()))
                .collect(),
        )
    }

    /// This path with a key behind it.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    /// This path with a list index, from 0, behind it.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// This path with a segment behind it.
    #[must_use]
    pub fn segment(mut self, segment: Segment) -> Self {
        self.0.push(segment);
        self
    }

    /// The segments from the top level down.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the top level.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this path is `ancestor` or lies below it.
    pub fn is_within(&self, ancestor: &DocPath) -> bool {
        self.0.starts_with(&ancestor.0)
    }

    /// The path one segment up; none at the top level.
    pub fn parent(&self) -> Option<DocPath> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// The last key, when the path ends in one.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last()? {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        }
    }

    /// The JSON Pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.0 {
            pointer.push('/');
            match segment {
                Segment::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// The place of the key (or list item) at this path.
    pub fn as_key(&self) -> Place {
        Place {
            path: self.clone(),
            part: Part::Key,
        }
    }

    /// The place of the value at this path.
    pub fn as_value(&self) -> Place {
        Place {
            path: self.clone(),
            part: Part::Value,
        }
    }
}

impl fmt::Display for DocPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str("the top level");
        }
        let mut separator = "";
        for segment in &self.0 {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) => write!(f, "{separator}{key}")?,
                Segment::Key(key) => write!(f, "[{key:?}]")?,
            }
            separator = ".";
        }
        Ok(())
    }
}

/// Whether a key reads unambiguously between dots.
fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

/// A path and which part of it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Where.
    pub path: DocPath,
    /// The key or the value there.
    pub part: Part,
}

/// The part of a mapping's entry that a [`Place`] means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The key; of a list item, which has none, its start.
    Key,
    /// The value.
    Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_people_write_it() {
        let path = DocPath::of(["settings", "a.b/c~d"]).index(0).key("x-y");
        assert_eq!(path.to_string(), "settings[\"a.b/c~d\"][0].x-y");
        assert_eq!(path.pointer(), "/settings/a.b~1c~0d/0/x-y");
        assert_eq!(DocPath::root().pointer(), "");
        assert!(path.is_within(&DocPath::of(["settings"])));
        assert!(!path.is_within(&DocPath::of(["set"])));
    }
}
