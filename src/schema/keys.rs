//! Keys: which are allowed in a mapping, and where a key that is not would belong.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::published::PUBLISHED;

/// Where each key of the schema may stand, in the dotted form of messages: `nodes[].ports.admin`.
static HOMES: LazyLock<HashMap<&'static str, Vec<String>>> = LazyLock::new(|| {
    let mut homes = HashMap::new();
    collect(&PUBLISHED.root, String::new(), 0, &mut homes);
    for places in homes.values_mut() {
        // Of the cluster before of one node.
        places.sort_by_key(|place: &String| (place.contains('['), place.matches('.').count()));
    }
    homes
});

/// The schema at a JSON Pointer of the published schema.
pub(super) fn schema_at(pointer: &str) -> Option<&'static Value> {
    let Some(below) = pointer.strip_prefix("/definitions/") else {
        return PUBLISHED.root.pointer(pointer);
    };
    let end = below.find('/').unwrap_or(below.len());
    let (name, rest) = below.split_at(end);
    PUBLISHED.definition(name)?.pointer(rest)
}

/// The keys that a schema of a mapping allows.
pub(super) fn allowed(pointer: &str) -> impl Iterator<Item = &'static str> {
    let properties = schema_at(pointer).and_then(|schema| schema.get("properties"));
    let properties = properties.and_then(Value::as_object);
    properties
        .into_iter()
        .flat_map(|all| all.keys().map(String::as_str))
}

/// The places where a key is allowed, fewest levels first.
pub(super) fn homes(key: &str) -> &'static [String] {
    HOMES.get(key).map(Vec::as_slice).unwrap_or_default()
}

/// Every place where a key is allowed, in the order of their names.
pub(super) fn all_homes() -> Vec<&'static str> {
    let mut all: Vec<_> = HOMES.values().flatten().map(String::as_str).collect();
    all.sort_unstable();
    all
}

fn collect(
    schema: &'static Value,
    path: String,
    depth: usize,
    homes: &mut HashMap<&'static str, Vec<String>>,
) {
    // The model is not recursive; should it become so, this still ends.
    if depth > 32 {
        return;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && let Some(target) = schema_at(reference.trim_start_matches('#'))
    {
        collect(target, path.clone(), depth + 1, homes);
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for branch in schema
            .get(keyword)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            collect(branch, path.clone(), depth + 1, homes);
        }
    }
    if let Some(items) = schema.get("items") {
        collect(items, format!("{path}[]"), depth + 1, homes);
    }
    for (key, property) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let home = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let known = homes.entry(key.as_str()).or_default();
        if !known.contains(&home) {
            known.push(home.clone());
        }
        collect(property, home, depth + 1, homes);
    }
}
