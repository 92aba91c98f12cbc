//! Server settings as environment variables, as every container runtime takes them.

use serde_json::Value;

use super::credentials::AZURE_ACCOUNT;
use super::{Assignment, toml};
use crate::facts;
use crate::topology::ObjectStore;

/// The variable that the server reads the setting from.
pub fn name<V>(setting: &Assignment<V>) -> String {
    facts::environment_variable(&setting.key)
}

/// The storage account, as the variable that says it, where the file of the cluster does.
pub fn account(store: &ObjectStore) -> Option<(&'static str, &str)> {
    match store {
        ObjectStore::Azure {
            account: Some(account),
            ..
        } => Some((AZURE_ACCOUNT, account)),
        _ => None,
    }
}

/// The value of the setting with that key in the notation that the server reads variables in: much like TOML's lists and inline tables, and
/// texts plain. Source: run 1.5.3, 1.6.2 and 1.7.12 --dump-config; with JSON's colons the whole table is taken for a text.
pub fn text(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) => facts::environment_text(key, text),
        Value::Array(_) | Value::Object(_) => nested(value),
        other => other.to_string(),
    }
}

fn nested(value: &Value) -> String {
    match value {
        Value::String(text) => toml::text(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(nested).collect::<Vec<_>>().join(",")
        ),
        Value::Object(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| format!("{}={}", toml::text(key), nested(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
