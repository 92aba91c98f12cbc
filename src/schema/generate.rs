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
        .with_transform(ReadableKeys);
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

/// Says what the file says: a key without a value has its default, lines are not broken, and a
/// default of nothing is no default.
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
