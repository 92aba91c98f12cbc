//! RG646: a value that Nomad would interpolate.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::settings::settings_tables;
use crate::source::DocPath;

/// A value that Nomad would interpolate.
pub static RULE: Rule = Rule {
    code: "RG646",
    slug: "nomad-interpolation",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A setting or the snapshot destination contains `${`.

## Why

It is written into the job so that HCL leaves it alone. But the client reads a task's variables once more and replaces
what it knows by that name, such as `${NOMAD_IP_fabric}` or `${attr.unique.hostname}` ([Nomad, runtime
interpolation](https://developer.hashicorp.com/nomad/docs/reference/runtime-variable-interpolation)). It cannot be
escaped.

## Fails

```yaml
nodes: 3
settings: {tracing-endpoint: "http://${attr.unique.hostname}:4317"}
nomad: {}
```

## Passes

```yaml
nodes: 3
settings: {tracing-endpoint: "http://collector:4317"}
nomad: {}
```
"#,
};

/// Finds texts of the environment that would not stay as they are.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    if cluster.nomad.is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let destination = cluster
        .snapshots
        .as_ref()
        .and_then(|snapshots| snapshots.destination.as_deref());
    if let Some(destination) = destination {
        look_at(
            destination,
            DocPath::of(["snapshots", "destination"]),
            &mut found,
        );
    }
    for (at, settings) in settings_tables(cluster) {
        for (key, value) in settings {
            walk(value, at.clone().key(key), &mut found);
        }
    }
    found
}

fn walk(value: &Value, at: DocPath, found: &mut Vec<Diagnostic>) {
    match value {
        Value::String(text) => look_at(text, at, found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, at.clone().index(index), found);
            }
        }
        Value::Object(table) => {
            for (key, value) in table {
                walk(value, at.clone().key(key), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn look_at(text: &str, at: DocPath, found: &mut Vec<Diagnostic>) {
    if text.contains("${") {
        let message = format!(
            "{} contains `${{`, which Nomad's clients interpolate",
            quoted(text)
        );
        found.push(
            Diagnostic::new(&RULE, at, message)
                .help("write the final value; Nomad has no escape for `${`"),
        );
    }
}
