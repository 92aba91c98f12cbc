//! A value as the text of a YAML file that people like to read: short parts on one line, comments at the end of theirs.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::facts::Version;
use crate::render::yaml_string;
use crate::source::DocPath;

/// The longest line that a mapping or list has on its own.
const LONGEST: usize = 88;

/// The text; `comments` are for the places of the value.
pub fn written(value: &Map<String, Value>, comments: &HashMap<DocPath, String>) -> String {
    let mut lines = Vec::new();
    let writer = Writer { comments };
    writer.entries(&mut lines, 0, value, &DocPath::root());
    lines.join("\n") + "\n"
}

struct Writer<'a> {
    comments: &'a HashMap<DocPath, String>,
}

impl Writer<'_> {
    fn entries(
        &self,
        lines: &mut Vec<String>,
        indent: usize,
        entries: &Map<String, Value>,
        path: &DocPath,
    ) {
        for (key, value) in entries {
            let start = format!("{:indent$}{}:", "", yaml_string(key));
            self.value(lines, indent, start, value, &path.clone().key(key));
        }
    }

    /// A value behind the start of its line.
    fn value(
        &self,
        lines: &mut Vec<String>,
        indent: usize,
        start: String,
        value: &Value,
        path: &DocPath,
    ) {
        let is_block = match value {
            Value::Object(entries) => !entries.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        };
        let line = format!("{start} {}", flow(value));
        let has_comments = || {
            self.comments
                .keys()
                .any(|at| at != path && at.is_within(path))
        };
        // The nodes are a list that grows.
        let is_list =
            path.segments().len() == 1 && value.is_array() && path.last_key() == Some("nodes");
        if !is_block || (line.chars().count() <= LONGEST && !has_comments() && !is_list) {
            lines.push(self.commented(line, path));
            return;
        }
        lines.push(self.commented(start, path));
        match value {
            Value::Object(entries) => self.entries(lines, indent + 2, entries, path),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(lines, indent + 2, item, &path.clone().index(index));
                }
            }
            _ => {}
        }
    }

    fn item(&self, lines: &mut Vec<String>, indent: usize, item: &Value, path: &DocPath) {
        match item {
            Value::Object(entries) if !entries.is_empty() => {
                let mut below = Vec::new();
                self.entries(&mut below, indent + 2, entries, path);
                if let Some(first) = below.first_mut() {
                    first.replace_range(indent..indent + 1, "-");
                }
                lines.extend(below);
            }
            item => {
                let line = format!("{:indent$}- {}", "", flow(item));
                lines.push(self.commented(line, path));
            }
        }
    }

    fn commented(&self, line: String, path: &DocPath) -> String {
        match self.comments.get(path) {
            Some(comment) => format!("{line} # {comment}"),
            None => line,
        }
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => yaml_string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(key, value)| format!("{}: {}", yaml_string(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether a text that begins with a digit needs no quotes: a version, a size or a time, which no reader takes for a number.
fn is_plain(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "ms", "s", "m", "h"];
    let is_measure = unit.len() < text.len() && units.contains(&unit);
    is_measure || text.parse::<Version>().is_ok()
}
