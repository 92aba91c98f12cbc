//! JSON as this tool writes it, and the schemas of what it writes.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

/// The value over several lines, with a final newline.
pub fn text(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value)
        .expect("numbers, texts, lists and mappings of them are all JSON");
    text.push('\n');
    text
}

/// The JSON schema, draft-07, of what the type is written as.
pub fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft07()
        .for_serialize()
        .with_transform(RecursiveTransform(plain))
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Without Rust's own formats, which strict validators refuse; descriptions in one line.
fn plain(schema: &mut Schema) {
    schema.remove("format");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}
