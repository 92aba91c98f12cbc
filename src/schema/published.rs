//! The committed schema, of which a run reads what it needs: most runs need a small part of the definitions, and reading
//! all of them would be a fifth of the shortest run.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use indexmap::IndexMap;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A test holds it equal to [`super::schema`], so nothing is generated at start-up.
pub(super) static PUBLISHED: LazyLock<Published> = LazyLock::new(|| {
    Published::read(include_str!("../../schema/cluster.schema.json"))
        .expect("schema/cluster.schema.json is JSON: a test compares it with the generated one")
});

/// A schema with its definitions apart.
pub(super) struct Published {
    /// The schema of a document, without its definitions.
    pub(super) root: Value,
    definitions: HashMap<&'static str, Definition>,
}

/// A definition: its text, and what that says once somebody has asked.
struct Definition {
    text: &'static RawValue,
    value: OnceLock<Option<Value>>,
}

impl Published {
    fn read(text: &'static str) -> serde_json::Result<Self> {
        let mut root = Map::new();
        let mut definitions = HashMap::new();
        for (keyword, value) in entries(text)? {
            if keyword == "definitions" {
                definitions = entries(value.get())?
                    .into_iter()
                    .map(|(name, text)| {
                        (
                            name,
                            Definition {
                                text,
                                value: OnceLock::new(),
                            },
                        )
                    })
                    .collect();
            } else {
                root.insert(keyword.to_owned(), serde_json::from_str(value.get())?);
            }
        }
        Ok(Self {
            root: Value::Object(root),
            definitions,
        })
    }

    /// The schema under that name.
    pub(super) fn definition(&self, name: &str) -> Option<&Value> {
        let definition = self.definitions.get(name)?;
        let value = definition
            .value
            .get_or_init(|| serde_json::from_str(definition.text.get()).ok());
        value.as_ref()
    }
}

/// The entries of an object, their values unread.
fn entries(text: &'static str) -> serde_json::Result<IndexMap<&'static str, &'static RawValue>> {
    serde_json::from_str(text)
}
