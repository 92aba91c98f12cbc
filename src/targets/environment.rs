//! Server settings as environment variables, as every container runtime takes them.

use serde_json::Value;

use crate::facts;
use crate::topology::settings::Assignment;

/// A variable of a server's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// Its value, as the server reads it.
    pub value: String,
}

/// The setting as the variable that the server reads it from.
pub fn variable(setting: &Assignment) -> EnvironmentVariable {
    EnvironmentVariable {
        name: facts::environment_variable(&setting.key),
        value: text(&setting.key, &setting.value),
    }
}

/// The value in the notation that the server reads variables in: much like JSON, with `=` in tables, and texts plain.
fn text(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) => facts::environment_text(key, text),
        Value::Array(_) | Value::Object(_) => nested(value),
        other => other.to_string(),
    }
}

fn nested(value: &Value) -> String {
    match value {
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(nested).collect::<Vec<_>>().join(",")
        ),
        Value::Object(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| format!("{key}={}", nested(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
