//! RG505: a raw setting with a value that the server does not accept.

use serde_json::Value;

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{
    Release, SettingKind, SettingStatus, server_bytes, server_duration, split_size,
};
use crate::places::settings::GivenSetting;
use crate::server::Owned;
use crate::source::DocPath;

/// A raw setting with a value that the server does not accept.
pub static RULE: Rule = Rule {
    code: "RG505",
    slug: "setting-value",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A raw setting has a value that the server does not accept, or reads as another size than most people expect.

## Why

The server does not start with a value of the wrong type: `60` is not a duration, `"5"` not a number, a single address
not a list (run: 1.5.3 to 1.7.12, `RT0002`, configuration loading error). And it reads `2G` as 2,000,000,000 bytes, but
Compose as 2 GiB (run: 1.7.10 shows 1.9 GiB).

## Fails

```yaml
settings:
  shutdown-timeout: 60
```

## Passes

```yaml
settings:
  shutdown-timeout: 60s
```
"#,
};

/// Finds values that do not fit the kind of their setting.
pub fn check(_: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, status, uses } in settings {
        // Another rule reports what the file cannot set anyway.
        if Owned::of(path).is_some() {
            continue;
        }
        for (at, value) in uses {
            found.extend(of_value(path, status, at, value));
        }
    }
    found
}

/// What is wrong with a value of the setting at that path, whoever gives it.
pub fn of_value(
    path: &str,
    status: &SettingStatus,
    at: &DocPath,
    value: &Value,
) -> Vec<Diagnostic> {
    match status {
        SettingStatus::Supported(setting) if setting.path != path => {
            text_in_map(at, value).into_iter().collect()
        }
        SettingStatus::Supported(setting) => of_kind(&setting.kind, at, value),
        // What the published schema does not mention is only known from trying.
        SettingStatus::Hidden(setting) => of_kind(&setting.kind, at, value)
            .into_iter()
            .map(|misfit| misfit.severity(Severity::Warning))
            .collect(),
        SettingStatus::Section => {
            let help = format!("write the settings of `{path}` below it, or remove it");
            vec![refused(at, value, "a table of settings", help)]
        }
        _ => Vec::new(),
    }
}

fn of_kind(kind: &SettingKind, at: &DocPath, value: &Value) -> Vec<Diagnostic> {
    match (kind, value) {
        (SettingKind::Map, Value::Object(table)) => table
            .iter()
            .filter_map(|(key, value)| text_in_map(&at.clone().key(key), value))
            .collect(),
        _ => misfit(kind, at, value).into_iter().collect(),
    }
}

fn text_in_map(at: &DocPath, value: &Value) -> Option<Diagnostic> {
    misfit(&SettingKind::Text, at, value)
}

fn misfit(kind: &SettingKind, at: &DocPath, value: &Value) -> Option<Diagnostic> {
    let text = value.as_str();
    let is_number = value.is_u64();
    let (fits, wanted, example) = match kind {
        SettingKind::Bytes => {
            if let Some((fixed, size)) = text.and_then(decimal_size) {
                return Some(trap(at, value, &fixed, size));
            }
            let fits = is_number || text.is_some_and(|text| server_bytes(text).is_some());
            (
                fits,
                "a size",
                "write it with a binary unit, such as `512MiB`",
            )
        }
        SettingKind::Duration => (
            text.is_some_and(is_duration),
            "a time",
            "write it with its unit, such as `60s` or `10m`",
        ),
        SettingKind::DurationRange => {
            let ends = text.and_then(|text| text.split_once(".."));
            let fits = ends.is_some_and(|(low, high)| is_duration(low) && is_duration(high));
            (
                fits,
                "two times",
                "write the shortest and the longest, such as `250ms..1m`",
            )
        }
        SettingKind::Integer => (is_number, "a whole number", "write digits without quotes"),
        SettingKind::IntegerOrText => (
            is_number || text.is_some_and(|text| text.parse::<f64>().is_err()),
            "a whole number or a word",
            "write digits without quotes, or a word such as `unlimited`",
        ),
        SettingKind::Float => (
            value.is_number(),
            "a number",
            "write it without quotes, such as `0.5`",
        ),
        SettingKind::Boolean => (
            value.is_boolean(),
            "true or false",
            "write `true` or `false` without quotes",
        ),
        SettingKind::Text | SettingKind::Url | SettingKind::File | SettingKind::Folder => {
            (text.is_some(), "a string", "put it in quotes")
        }
        SettingKind::List | SettingKind::Files => {
            (value.is_array(), "a list", "put it in brackets: `[...]`")
        }
        SettingKind::ListOrText => (
            value.is_array() || text.is_some(),
            "a list or a string",
            "put it in brackets: `[...]`",
        ),
        SettingKind::Map => (
            false,
            "a table",
            "write a table of strings, such as `{x-name: value}`",
        ),
        SettingKind::Choice(words) => {
            if text.is_some_and(|text| words.contains(&text)) {
                return None;
            }
            let near = text.and_then(|text| closest(text, words.iter().copied()));
            let help = match near {
                Some(word) => format!("write `{word}`"),
                None => format!("write one of {}", words.join(", ")),
            };
            return Some(refused(at, value, "one of its values", help));
        }
    };
    (!fits).then(|| refused(at, value, wanted, example.to_owned()))
}

fn refused(at: &DocPath, value: &Value, wanted: &str, help: String) -> Diagnostic {
    let key = at.last_key().unwrap_or_default();
    let message = format!(
        "{} is not {wanted}, which `{key}` needs: the server does not start",
        shown(value)
    );
    Diagnostic::new(&RULE, at.clone(), message).help(help)
}

/// A size that the server reads differently than Compose and most people do.
fn trap(at: &DocPath, value: &Value, fixed: &str, bytes: u64) -> Diagnostic {
    let mebibytes = bytes >> 20;
    let message = format!(
        "the server reads {} in thousands: {mebibytes} MiB",
        shown(value)
    );
    Diagnostic::new(&RULE, at.clone(), message)
        .severity(Severity::Warning)
        .help(format!("write `{fixed}`, which means the same everywhere"))
}

/// A value for a message; what has parts by its kind alone.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "an empty value".into(),
        Value::Bool(_) | Value::Number(_) => quoted(&value.to_string()),
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a table".into(),
    }
}

/// For a size in units of thousands: the same in binary units, and its bytes.
fn decimal_size(text: &str) -> Option<(String, u64)> {
    let (_, unit) = split_size(text)?;
    let prefix = unit.strip_suffix(['b', 'B']).unwrap_or(unit);
    let is_decimal = !prefix.is_empty() && !prefix.ends_with(['i', 'I']);
    let size = server_bytes(text).filter(|_| is_decimal)?;
    let number = text.trim().strip_suffix(unit)?.trim_end();
    Some((format!("{number}{}iB", prefix.to_ascii_uppercase()), size))
}

fn is_duration(text: &str) -> bool {
    server_duration(text).is_some()
}
