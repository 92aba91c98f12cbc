//! Keys of the cluster file that each decide one setting of the server by themselves.

use serde_json::Value;

use crate::model::ServerKeys;

/// A setting that a key decides.
#[derive(Debug, Clone, PartialEq)]
pub struct KeySetting {
    /// The key of the cluster file.
    pub key: &'static str,
    /// What the newest release calls the setting, dotted.
    pub path: &'static str,
    /// What it is set to; none leaves it to the server's own default.
    pub value: Option<Value>,
}

/// All of them. Destructured, so that a new key does not compile until it has its setting here.
pub fn settings(keys: &ServerKeys) -> Vec<KeySetting> {
    let ServerKeys { telemetry } = keys;
    vec![KeySetting {
        key: "telemetry",
        path: "disable-telemetry",
        value: (*telemetry == Some(false)).then(|| true.into()),
    }]
}
