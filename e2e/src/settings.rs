//! Whether a server uses every setting that it was given.
//!
//! The server silently ignores a variable that it does not know. `--dump-config` shows what it uses, so each
//! `RESTATE_*` variable of the file must be found there with its value.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use toml::Value;

/// The variables of `given` that `dump` does not show with the same value, one sentence each.
pub fn unheard(given: &BTreeMap<&str, &str>, dump: &str) -> Result<Vec<String>> {
    let dump: toml::Table = dump.parse().context("--dump-config printed no TOML")?;
    let unheard = settings(given).filter_map(|(name, value)| {
        let path = path(name);
        match found(&dump, &path) {
            None => Some(format!(
                "{name} is ignored: the server has no {}",
                path.join(".")
            )),
            Some(heard) if !same(value, heard) => Some(format!(
                "{name} is {value:?} in the file, the server heard {heard:?}"
            )),
            Some(_) => None,
        }
    });
    Ok(unheard.collect())
}

/// The variables that are server settings.
pub fn settings<'a>(given: &'a BTreeMap<&str, &str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    given
        .iter()
        .map(|(name, value)| (*name, *value))
        // RESTATE_CONFIG names the configuration file and is not a setting in it.
        .filter(|(name, _)| name.starts_with("RESTATE_") && *name != "RESTATE_CONFIG")
}

/// `RESTATE_WORKER__INVOKER__MEMORY_LIMIT` is `worker.invoker.memory-limit`.
fn path(name: &str) -> Vec<String> {
    let name = name.strip_prefix("RESTATE_").unwrap_or(name).to_lowercase();
    name.split("__").map(|key| key.replace('_', "-")).collect()
}

fn found<'a>(dump: &'a toml::Table, path: &[String]) -> Option<&'a Value> {
    let (last, tables) = path.split_last()?;
    let mut table = dump;
    for key in tables {
        table = table.get(key)?.as_table()?;
    }
    table.get(last)
}

fn same(given: &str, heard: &Value) -> bool {
    match heard {
        Value::Array(heard) => {
            let Ok(given) = serde_json::from_str::<Vec<serde_json::Value>>(given) else {
                return false;
            };
            // Lists are sets here (roles, addresses), and servers print them in an order of their own.
            given.len() == heard.len()
                && given.iter().all(|given| {
                    let given = given
                        .as_str()
                        .map_or_else(|| given.to_string(), str::to_owned);
                    heard.iter().any(|heard| same(&given, heard))
                })
        }
        Value::String(heard) => same_text(given, heard),
        Value::Integer(heard) => {
            given.trim().parse() == Ok(*heard) || same_text(given, &heard.to_string())
        }
        Value::Float(heard) => given.trim().parse() == Ok(*heard),
        Value::Boolean(heard) => given.trim().parse() == Ok(*heard),
        Value::Table(_) | Value::Datetime(_) => false,
    }
}

fn same_text(given: &str, heard: &str) -> bool {
    let given = unquoted(given);
    if let (Some((given, _)), Some((heard, precision))) = (bytes(given), bytes(heard)) {
        return (given - heard).abs() <= precision;
    }
    if let (Some(given), Some(heard)) = (milliseconds(given), milliseconds(heard)) {
        return given == heard;
    }
    let plain = |text: &str| {
        text.split_whitespace()
            .collect::<String>()
            .trim_end_matches('/')
            .to_owned()
    };
    plain(given) == plain(heard)
}

/// What the server takes `value` for: in quotes it is a string whatever it looks like, a secret of digits for example.
pub fn unquoted(value: &str) -> &str {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(value)
}

/// A size with a unit, and half of what one decimal of that unit is worth: the dump rounds to it.
fn bytes(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: f64 = text[..unit_at].trim().parse().ok()?;
    let unit = match text[unit_at..].to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "k" | "kb" => 1e3,
        "kib" => 1024.0,
        "mb" => 1e6,
        "mib" => 1024.0 * 1024.0,
        "g" | "gb" => 1e9,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number * unit, unit * 0.0501))
}

/// A duration like `1m 30s`, `10m` or `1500ms`.
fn milliseconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut sum = 0;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..unit_at].parse().ok()?;
        let tail = rest[unit_at..].trim_start();
        let end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        sum += number
            * match &tail[..end] {
                "ms" => 1,
                "s" | "sec" | "second" | "seconds" => 1_000,
                "m" | "min" | "minute" | "minutes" => 60_000,
                "h" | "hour" | "hours" => 3_600_000,
                "d" | "day" | "days" => 86_400_000,
                _ => return None,
            };
        rest = tail[end..].trim_start();
    }
    (sum > 0 || text.trim().starts_with('0')).then_some(sum)
}
