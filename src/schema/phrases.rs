//! What a schema says of a value, as phrases that people read.

use serde_json::Value;

use super::keys::schema_at;

/// What a value may be, a phrase each.
pub(super) fn kinds(schema: &'static Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_kinds(schema, "", &mut found);
    found.dedup();
    found
}

fn collect_kinds(schema: &'static Value, title: &'static str, found: &mut Vec<String>) {
    let phrase = match type_of(schema) {
        Some("string") if schema.get("const").is_some() => "one of the values below".into(),
        Some("string") => text_kind(schema, title),
        Some("integer") => format!("a whole number{}", bounds(schema)),
        Some("number") => format!("a number{}", bounds(schema)),
        Some("boolean") => "`true` or `false`".into(),
        Some("array") => match schema.get("items").map(kinds) {
            Some(items) => format!("a list, each item {}", items.join(" or ")),
            None => "a list".into(),
        },
        Some("object") if schema.get("properties").is_some() => "a mapping".into(),
        Some("object") => "a mapping with any keys".into(),
        Some("null") => return,
        _ => {
            if let Some(target) = target(schema) {
                collect_kinds(target, text_of(target, "title"), found);
            }
            for branch in branches(schema) {
                collect_kinds(branch, "", found);
            }
            return;
        }
    };
    found.push(phrase);
}

/// What a value may be, for a table.
pub(super) fn brief_kinds(schema: &'static Value) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    let nested = target(schema).into_iter().chain(branches(schema));
    match type_of(schema) {
        Some("string") if schema.get("const").is_some() => found.push("choice"),
        Some("string") => found.push("string"),
        Some("integer") => found.push("whole number"),
        Some("boolean") => found.push("true or false"),
        Some("array") => found.push("list"),
        Some("object") => found.push("mapping"),
        Some("null") => {}
        Some(other) => found.push(other),
        None => found.extend(nested.flat_map(brief_kinds)),
    }
    found.dedup();
    found
}

/// A named form of text says in its title what it is.
fn text_kind(schema: &'static Value, title: &str) -> String {
    if branches(schema).any(|branch| branch.get("format").is_some()) {
        return "an IP address".into();
    }
    match schema.get("pattern").and_then(Value::as_str) {
        Some(_) if !title.is_empty() => lowered(title),
        Some(pattern) => format!("a string that matches `{pattern}`"),
        None => match (schema.get("minLength"), schema.get("maxLength")) {
            (Some(least), Some(most)) => format!("a string of {least} to {most} characters"),
            (Some(_), None) => "a string, not empty".into(),
            (None, Some(most)) => format!("a string of at most {most} characters"),
            (None, None) => "a string".into(),
        },
    }
}

fn bounds(schema: &Value) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" up to {most}"),
        (None, None) => String::new(),
    }
}

/// The words that a schema allows, each with its meaning.
pub(super) fn collect_words(schema: &'static Value, found: &mut Vec<(String, String)>) {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        found.push((word.to_owned(), text_of(schema, "description").to_owned()));
    }
    if let Some(target) = target(schema) {
        collect_words(target, found);
    }
    for branch in branches(schema).chain(schema.get("items")) {
        collect_words(branch, found);
    }
}

/// A description without its last sentence when that gives the default, and what it gives.
pub(super) fn apart(description: &str) -> (String, Option<String>) {
    let Some((rest, default)) = description.rsplit_once(". Default") else {
        return (description.to_owned(), None);
    };
    let default = default.trim_start_matches(':').trim();
    let default = default.trim_end_matches('.');
    let alone = default.strip_prefix('`').and_then(|d| d.strip_suffix('`'));
    let default = match alone {
        Some(value) if !value.contains('`') => value,
        _ => default,
    };
    (format!("{rest}."), Some(default.to_owned()))
}

/// A value as it may be written behind a key.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([',', '{', '[', '#', '"']) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries: Vec<_> = entries
                .map(|(key, value)| format!("{key}: {}", flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// The type of a schema, its readiness for `null` aside.
fn type_of(schema: &'static Value) -> Option<&'static str> {
    match schema.get("type")? {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        name => name.as_str(),
    }
}

/// What a schema refers to.
pub(super) fn target(schema: &'static Value) -> Option<&'static Value> {
    let reference = schema.get("$ref")?.as_str()?;
    schema_at(reference.trim_start_matches('#'))
}

/// The schemas that a schema is put together from.
pub(super) fn branches(schema: &'static Value) -> impl Iterator<Item = &'static Value> {
    let keywords = ["anyOf", "oneOf", "allOf"].into_iter();
    keywords.flat_map(move |keyword| items_of(schema, keyword))
}

/// The list behind a keyword.
pub(super) fn items_of(
    schema: &'static Value,
    keyword: &str,
) -> impl Iterator<Item = &'static Value> {
    let items = schema.get(keyword).and_then(Value::as_array);
    items.into_iter().flatten()
}

/// The text behind a keyword, or none.
pub(super) fn text_of(schema: &'static Value, keyword: &str) -> &'static str {
    schema
        .get(keyword)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A title as it stands within a sentence; one that begins with a name stays.
pub(super) fn lowered(title: &str) -> String {
    let mut characters = title.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
