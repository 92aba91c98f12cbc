//! RG684: a value of a kind that Compose does not take.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::ServiceKey;
use crate::model::Cluster;
use crate::places::compose_keys;
use crate::source::DocPath;

/// A value of a kind that Compose does not take.
pub static RULE: Rule = Rule {
    code: "RG684",
    slug: "compose-wrong-kind",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The value of a key under `compose.node` or `compose.store` is a list where Compose takes a mapping, a number where it
takes a string, and so on. Or an entry of `networks`, `volumes`, `secrets` or `configs` under `compose` is not a
mapping.

## Why

Compose refuses the whole file for one such value: `services.restate-1.ports must be a array` (run: Docker Compose
2.26). The kinds are those of the [Compose
specification](https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json).

## Fails

```yaml
compose:
  node: {ports: '9464'}
```

## Passes

```yaml
compose:
  node: {ports: ['9464']}
```
"#,
};

/// Finds values of another kind than Compose's.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let of_services = compose_keys(cluster).filter_map(|(_, at, key, value)| {
        let types: Vec<&str> = ServiceKey::named(key)?.types().collect();
        let fits = types.iter().any(|kind| is_of(value, kind));
        let words: Vec<&str> = types.into_iter().map(in_words).collect();
        (!fits).then(|| {
            let message = format!(
                "{} is {}, but Compose takes {}",
                quoted(key),
                kind(value),
                words.join(" or ")
            );
            Diagnostic::new(&RULE, at, message).help("write it as in a Compose file")
        })
    });
    let sections = cluster.compose.iter().flat_map(|compose| {
        [
            ("networks", &compose.networks),
            ("volumes", &compose.volumes),
            ("secrets", &compose.secrets),
            ("configs", &compose.configs),
        ]
    });
    let of_sections = sections.flat_map(|(section, entries)| {
        let wrong = entries
            .iter()
            .filter(|(_, value)| !value.is_object() && !value.is_null());
        wrong.map(move |(name, value)| {
            let at = DocPath::of(["compose", section, name.as_str()]);
            let message = format!(
                "{} is {}, but Compose takes a mapping",
                quoted(name),
                kind(value)
            );
            Diagnostic::new(&RULE, at, message).help("write `{}` for one without options")
        })
    });
    of_services.chain(of_sections).collect()
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "array" => value.is_array(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn in_words(kind: &str) -> &'static str {
    match kind {
        "array" => "a list",
        "object" => "a mapping",
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        _ => "nothing",
    }
}
