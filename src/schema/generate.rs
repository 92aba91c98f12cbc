//! The JSON schema from the types of the model.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Value, json};

use crate::model::Cluster;

/// The JSON schema, draft-07, of a cluster file: what editors read most widely.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft07()
        .with_transform(StandardFormats)
        .with_transform(ReadableKeys)
        .with_transform(HoverOfTheKey);
    settings
        .into_generator()
        .into_root_schema_for::<Cluster>()
        .to_value()
}

/// The schema as `schema/cluster.schema.json` holds it, with a final newline.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// Replaces Rust's own formats, which strict validators refuse, by what every one knows.
#[derive(Debug, Clone)]
struct StandardFormats;

impl Transform for StandardFormats {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(format) = schema.get("format").and_then(Value::as_str) else {
            return;
        };
        let most = match format {
            "ip" => {
                schema.remove("format");
                schema.insert(
                    "anyOf".into(),
                    json!([{"format": "ipv4"}, {"format": "ipv6"}]),
                );
                return;
            }
            "uint8" => Some(u64::from(u8::MAX)),
            "uint16" => Some(u64::from(u16::MAX)),
            "uint32" => Some(u64::from(u32::MAX)),
            // Beyond this, readers of JSON lose digits.
            "uint64" => Some((1 << 53) - 1),
            "double" => None,
            _ => return,
        };
        schema.remove("format");
        if let Some(most) = most
            && schema.get("maximum").is_none()
        {
            schema.insert("maximum".into(), json!(most));
        }
    }
}

/// Matches the file: a key without a value has its default, lines are not broken, and a default of nothing is left out.
#[derive(Debug, Clone)]
struct ReadableKeys;

impl Transform for ReadableKeys {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
        if let Some(Value::String(description)) = schema.get_mut("description") {
            *description = description.replace('\n', " ");
        }
        // `settings:` with nothing behind it, all its lines commented out.
        let has_default = schema.get("default").is_some();
        if let Some(kind) = schema.get_mut("type")
            && has_default
            && matches!(kind.as_str(), Some("object" | "array"))
        {
            *kind = json!([kind.clone(), "null"]);
        }
    }
}

/// Makes editors show, over a key, what is said of that key. They take the description of the innermost schema that
/// fits its value, and never show a default: so what a type or a choice is becomes its title, and the description of
/// a key ends in its default. Source: run, yaml-language-server 1.25.0; its `yamlHover.ts` takes the first that fits.
#[derive(Debug, Clone)]
struct HoverOfTheKey;

impl Transform for HoverOfTheKey {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(schema) = schema.as_object_mut() else {
            return;
        };
        for choices in ["anyOf", "oneOf"] {
            let choices = schema.get_mut(choices).and_then(Value::as_array_mut);
            choices.into_iter().flatten().for_each(entitle);
        }
        for tables in ["definitions", "$defs"] {
            let types = schema.get_mut(tables).and_then(Value::as_object_mut);
            types
                .into_iter()
                .flat_map(|types| types.values_mut())
                .for_each(entitle);
        }
        let keys = schema.get_mut("properties").and_then(Value::as_object_mut);
        keys.into_iter()
            .flat_map(|keys| keys.values_mut())
            .for_each(tell_default);
    }
}

/// Makes the description of a type or a choice its title. One word of several keeps it: it is looked at as a value.
fn entitle(schema: &mut Value) {
    let Some(schema) = schema
        .as_object_mut()
        .filter(|schema| !schema.contains_key("const"))
    else {
        return;
    };
    if let Some(Value::String(description)) = schema.shift_remove("description") {
        let title = description.trim_end_matches('.');
        schema.shift_insert(0, "title".into(), title.into());
    }
}

/// Ends the description of a key with its default, unless it speaks of it already.
fn tell_default(key: &mut Value) {
    let default = match &key["default"] {
        Value::String(text) => text.clone(),
        // The file takes `2` for `2.0`.
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return,
    };
    if let Some(Value::String(description)) = key.get_mut("description")
        && !description.contains("Default")
    {
        description.push_str(&format!(" Default `{default}`."));
    }
}
