//! What Compose takes: the keys of a service, and of what kind their values are.

/// Every key of a service and the JSON types of its value. Source: compose-spec/compose-spec, schema/compose-spec.json, as
/// check-jsonschema 0.39.0 has it.
static KEYS: &str = include_str!("compose_keys.tsv");

/// A key of a Compose service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceKey {
    /// Its name.
    pub name: &'static str,
    types: &'static str,
}

impl ServiceKey {
    /// All of them, sorted by name.
    pub fn all() -> impl Iterator<Item = Self> {
        KEYS.lines().filter_map(|line| {
            let (name, types) = line.split_once('\t')?;
            Some(Self { name, types })
        })
    }

    /// The key of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|key| key.name == name)
    }

    /// The types of its value, in the words of JSON: `array`, `object`, `string`, `boolean`, `integer`, `number`, `null`.
    pub fn types(self) -> impl Iterator<Item = &'static str> {
        self.types.split(',')
    }
}
