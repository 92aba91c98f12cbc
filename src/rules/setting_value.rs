//! RG505: a raw setting with a value that the server does not accept.

use std::net::SocketAddr;

use serde_json::Value;

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{
    Release, SettingKind, SettingStatus, is_rate, server_bytes, server_duration, split_size,
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
pub fn check(release: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, status, uses } in settings {
        // Another rule reports what the file cannot set anyway.
        if Owned::of(path).is_some() {
            continue;
        }
        for (at, value) in uses {
            found.extend(of_value(release, path, status, at, value));
        }
    }
    found
}

/// What is wrong with a value of the setting at that path, whoever gives it.
pub fn of_value(
    release: &Release,
    path: &str,
    status: &SettingStatus,
    at: &DocPath,
    value: &Value,
) -> Vec<Diagnostic> {
    match status {
        SettingStatus::Supported(setting) if setting.path != path => {
            text_in_map(at, value).into_iter().collect()
        }
        SettingStatus::Section => {
            let help = format!("write the settings of `{path}` below it, or remove it");
            vec![refused(at, value, "a table of settings", help)]
        }
        _ => {
            let kind = release.kind(path);
            kind.map_or_else(Vec::new, |kind| of_kind(kind, at, value))
        }
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
    let number = value.as_u64();
    let (fits, wanted, example) = match kind {
        SettingKind::Bytes { zero } => {
            if let Some((fixed, size)) = text.and_then(decimal_size) {
                return Some(trap(at, value, &fixed, size));
            }
            match number.or_else(|| text.and_then(server_bytes)) {
                Some(0) if !zero => return Some(is_zero(at, value, "a size above 0")),
                // 1.5 refuses the largest sizes that later versions take.
                Some(size) if size > i64::MAX as u64 => {
                    let help = "write less than `8EiB`".to_owned();
                    return Some(refused(at, value, "a size that fits", help));
                }
                size => (
                    size.is_some(),
                    "a size",
                    "write it with a binary unit, such as `512MiB`",
                ),
            }
        }
        SettingKind::Duration { zero } => match text.and_then(server_duration) {
            Some(time) if time.is_zero() && !zero => {
                return Some(is_zero(at, value, "a time above 0"));
            }
            time => (
                // This text alone needs no unit.
                time.is_some() || *zero && text == Some("0"),
                "a time",
                "write it with its unit, such as `60s` or `10m`",
            ),
        },
        SettingKind::DurationRange => {
            let ends = text.and_then(|text| text.split_once(".."));
            let ends = ends.map(|(low, high)| (server_duration(low), server_duration(high)));
            (
                matches!(ends, Some((Some(low), Some(high))) if !low.is_zero() && low <= high),
                "two times",
                "write the shortest, above 0, and the longest, such as `250ms..1m`",
            )
        }
        SettingKind::Integer { least, most } => match number {
            Some(0) if *least > 0 => return Some(is_zero(at, value, "a number above 0")),
            Some(number) if number > *most => {
                return Some(refused(
                    at,
                    value,
                    "a number that fits",
                    format!("write at most {most}"),
                ));
            }
            number => (
                number.is_some(),
                "a whole number",
                "write digits without quotes",
            ),
        },
        SettingKind::IntegerOrText => (
            number.is_some() || text.is_some_and(|text| text.parse::<f64>().is_err()),
            "a whole number or a word",
            "write digits without quotes, or a word such as `unlimited`",
        ),
        SettingKind::Attempts => (
            number.is_some_and(|number| number > 0) || text == Some("unlimited"),
            "a number of attempts",
            "write digits without quotes, at least 1, or `unlimited`",
        ),
        SettingKind::Rate => {
            let is_number =
                number.is_some_and(|number| (1..=u64::from(u32::MAX)).contains(&number));
            (
                is_number || text.is_some_and(is_rate),
                "a rate",
                "write a number above 0 and its unit, such as `100/s`, `100/min` or `100/hour`",
            )
        }
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
        SettingKind::SocketAddress => (
            text.is_some_and(|text| text.parse::<SocketAddr>().is_ok()),
            "an IP address with a port",
            "write both, such as `127.0.0.1:6669`",
        ),
        SettingKind::List => (value.is_array(), "a list", "put it in brackets: `[...]`"),
        SettingKind::Texts | SettingKind::Files => (
            is_list_of(value, Value::is_string),
            "a list of strings",
            "put it in brackets: `[...]`",
        ),
        SettingKind::TextsOrText => (
            text.is_some() || is_list_of(value, Value::is_string),
            "a list of strings or a string",
            "put it in brackets: `[...]`",
        ),
        SettingKind::HeaderNames => (
            is_list_of(value, |name| name.as_str().is_some_and(is_header_name)),
            "a list of header names",
            "put it in brackets: `[x-tenant]`",
        ),
        SettingKind::KafkaClusters => (
            is_list_of(value, is_kafka_cluster),
            "a list of Kafka clusters",
            "write a list of tables: `[{name: orders, brokers: ['kafka:9092']}]`, all other keys strings",
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

fn is_list_of(value: &Value, is_one: impl Fn(&Value) -> bool) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().all(is_one))
}

/// The characters of a token in HTTP.
fn is_header_name(name: &str) -> bool {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_of_token)
}

fn is_kafka_cluster(value: &Value) -> bool {
    let of_key = |(key, value): (&String, &Value)| match key.as_str() {
        "brokers" => is_list_of(value, Value::is_string),
        _ => value.is_string(),
    };
    value.as_object().is_some_and(|table| {
        let has_both = table.contains_key("name") && table.contains_key("brokers");
        has_both && table.iter().all(of_key)
    })
}

/// Zero, where it is often meant as "off" or "without limit".
fn is_zero(at: &DocPath, value: &Value, wanted: &str) -> Diagnostic {
    let help = format!("write {wanted}, or remove it for the default: 0 does not switch it off");
    refused(at, value, wanted, help)
}

fn refused(at: &DocPath, value: &Value, wanted: &str, help: String) -> Diagnostic {
    let key = at.last_key().unwrap_or_default();
    let message = format!(
        "{} is not {wanted}, which `{key}` needs: {}",
        shown(value),
        consequence(at)
    );
    Diagnostic::new(&RULE, at.clone(), message).help(help)
}

/// What a value that the server refuses does, where it stands.
fn consequence(at: &DocPath) -> &'static str {
    if at.is_within(&DocPath::of(["nodes"])) {
        "the node exits at start"
    } else {
        "every node exits at start"
    }
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
