//! What configures a server: its variables, the flags of its command line and its configuration file, as settings with
//! their places.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::part::Spot;
use crate::diagnostic::At;
use crate::facts::{OutsideVariable, Release, SettingKind, SettingStatus, VariableSyntax};
use crate::source::{Document, plain_value};

/// A setting as it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Its path, dotted, in the spelling of the source.
    pub path: String,
    /// Its value.
    pub value: Value,
    /// What gives it, as it is written: a variable, a flag or a key.
    pub written: String,
    /// Where.
    pub spot: Spot,
    /// Whether the release reads it.
    pub is_read: bool,
}

/// What the variables of the server begin with.
const PREFIX: &str = "RESTATE_";
/// Variables with that prefix that are not settings.
const NO_SETTINGS: [&str; 1] = ["RESTATE_CONFIG"];

/// The setting that a variable gives; none where it is not one of the server's.
pub fn of_variable(release: &Release, name: &str, text: &str, spot: &Spot) -> Option<Given> {
    let outside = OutsideVariable::all();
    let outside = outside.iter().find(|variable| variable.name == name);
    let path = match outside {
        Some(variable) => variable.setting.to_owned(),
        None if NO_SETTINGS.contains(&name) => return None,
        None => {
            let key = name.strip_prefix(PREFIX)?.to_lowercase();
            key.replace("__", ".").replace('_', "-")
        }
    };
    Some(Given {
        value: value_of_variable(&path, text),
        is_read: is_read(release, &path),
        path,
        written: name.to_owned(),
        spot: spot.clone(),
    })
}

fn is_read(release: &Release, path: &str) -> bool {
    match release.setting(path) {
        SettingStatus::Supported(_) | SettingStatus::Hidden(_) => true,
        SettingStatus::Renamed { still_read, .. } => still_read,
        _ => false,
    }
}

/// The value as the server reads it from a variable.
fn value_of_variable(path: &str, text: &str) -> Value {
    let text = text.trim();
    if VariableSyntax::of(path) == VariableSyntax::Verbatim {
        return text.into();
    }
    let is_nested = |open, close| text.starts_with(open) && text.ends_with(close);
    if is_nested('[', ']') || is_nested('{', '}') || is_nested('"', '"') {
        let parsed: Option<toml::Table> = toml::from_str(&format!("v = {text}")).ok();
        let value = parsed.and_then(|mut table| table.remove("v"));
        if let Some(Ok(value)) = value.map(serde_json::to_value) {
            return value;
        }
        return text.into();
    }
    match plain_value(text) {
        value @ (Value::Bool(_) | Value::Number(_))
            if matches!(text, "true" | "false") || text.parse::<f64>().is_ok() =>
        {
            value
        }
        _ => text.into(),
    }
}

/// The settings that the words of a command line give, and the configuration file that they name.
pub fn of_flags(
    release: &Release,
    words: &[(String, Spot)],
) -> (Vec<Given>, Option<(String, Spot)>) {
    let mut given = Vec::new();
    let mut file = None;
    let mut words = words.iter().peekable();
    while let Some((word, spot)) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let name = match flag {
            "-c" => "config-file",
            flag => match flag.strip_prefix("--") {
                Some(name) => name,
                None => continue,
            },
        };
        let value = value.or_else(|| {
            let next = words.next_if(|(next, _)| !next.starts_with('-'));
            next.map(|(next, _)| next.clone())
        });
        if name == "config-file" {
            file = value.map(|value| (value, spot.clone()));
            continue;
        }
        let (path, value) = match (name, value) {
            ("production", _) => ("auto-provision", Value::Bool(false)),
            ("roles", Some(roles)) => ("roles", roles.split(',').map(|role| role.trim()).collect()),
            (path, Some(value)) => (path, value_of_variable(path, &value)),
            (path, None) => (path, Value::Bool(true)),
        };
        given.push(Given {
            is_read: is_read(release, path),
            path: path.to_owned(),
            value,
            written: flag.to_owned(),
            spot: spot.clone(),
        });
    }
    (given, file)
}

/// The settings of a configuration file.
///
/// # Errors
/// Why it is not TOML, and where.
pub fn of_file(
    release: &Release,
    document: usize,
    source: &Document,
) -> Result<Vec<Given>, (String, Spot)> {
    let spot = |range: Range<usize>| Spot {
        document,
        at: At::Bytes(range),
    };
    match DeTable::parse(source.text()) {
        Ok(table) => {
            let mut given = Vec::new();
            leaves(release, table.get_ref(), "", &spot, &mut given);
            Ok(given)
        }
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            Err((error.message().to_owned(), spot(at)))
        }
    }
}

fn leaves(
    release: &Release,
    table: &DeTable<'_>,
    above: &str,
    spot: &impl Fn(Range<usize>) -> Spot,
    given: &mut Vec<Given>,
) {
    for (key, value) in table {
        let path = match above {
            "" => key.get_ref().to_string(),
            above => format!("{above}.{}", key.get_ref()),
        };
        let is_map = release.kind(&path) == Some(&SettingKind::Map);
        match value.get_ref() {
            DeValue::Table(below) if !is_map => leaves(release, below, &path, spot, given),
            leaf => given.push(Given {
                is_read: is_read(release, &path),
                value: json(leaf),
                written: path.clone(),
                path,
                spot: spot(key.span()),
            }),
        }
    }
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            parsed.map_or_else(|_| number.as_str().into(), Value::from)
        }
        DeValue::Float(number) => plain_value(number.as_str()),
        DeValue::Datetime(moment) => moment.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}
