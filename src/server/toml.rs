//! Server settings as lines of Restate's configuration file.

use serde_json::Value;

use super::Assignment;

/// The setting as a line. Every key is dotted from the root, so no line depends on one before it.
pub fn line(setting: &Assignment) -> String {
    let key = setting.key.split('.').map(key);
    format!(
        "{} = {}",
        key.collect::<Vec<_>>().join("."),
        value(&setting.value)
    )
}

fn key(part: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !part.is_empty() && part.chars().all(is_bare) {
        part.to_owned()
    } else {
        text(part)
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) => self::text(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), self::value(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A basic string of ASCII alone, so that whatever file it stands in need not know more. The server reads it in a variable too, where it
/// loses characters behind others than ASCII, or panics (run: 1.5.3 and 1.7.12, `["Zürich^2\\5"]`).
pub(super) fn text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            other => quoted.push_str(&format!("\\U{:08X}", u32::from(other))),
        }
    }
    quoted.push('"');
    quoted
}
