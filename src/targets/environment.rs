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
        value: value(&setting.value),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
