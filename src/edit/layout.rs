//! Where the parts of a document are: ends of entries, lines, indentation, line breaks.

use std::ops::Range;

use serde_json::Value;

use crate::source::{DocPath, Document, Spot};

/// A line break of YAML.
const BREAKS: [char; 2] = ['\n', '\r'];

/// Bytes of a list item or of an entry, from its key to the end of its value.
pub(super) fn extent(document: &Document, path: &DocPath) -> Range<usize> {
    let start = match document.spot(&path.as_key()) {
        Spot::Text {
            used_at: Some(used_at),
            range,
        } if path.last_key().is_none() => used_at.start.max(range.start),
        Spot::Text { range, .. } => range.start,
        Spot::Flag(_) => 0,
    };
    start..end(document, path).max(start)
}

/// Where the value of a path ends.
fn end(document: &Document, path: &DocPath) -> usize {
    match document.spot(&path.as_value()) {
        // The alias: what it stands for is written elsewhere.
        Spot::Text {
            used_at: Some(used_at),
            ..
        } => return used_at.end,
        Spot::Text { .. } => {}
        Spot::Flag(_) => return 0,
    }
    if let Some(range) = document.range_written(&path.as_value()) {
        return range.end;
    }
    let key = document.range_written(&path.as_key());
    let below: Vec<DocPath> = match document.get(path) {
        Some(Value::Object(entries)) => entries.keys().map(|key| path.clone().key(key)).collect(),
        Some(Value::Array(items)) => (0..items.len()).map(|at| path.clone().index(at)).collect(),
        _ => Vec::new(),
    };
    let below = below.iter().map(|path| end(document, path));
    below.chain(key.map(|key| key.end)).max().unwrap_or(0)
}

/// The keys that are written in a mapping itself, not merged into it, each with its bytes, in the order of the text.
pub(super) fn own_keys(document: &Document, mapping: &DocPath) -> Vec<(String, Range<usize>)> {
    let Some(Value::Object(entries)) = document.get(mapping) else {
        return Vec::new();
    };
    let own = |key: &String| match document.spot(&mapping.clone().key(key).as_key()) {
        Spot::Text {
            used_at: Some(used_at),
            ..
        } if document.text()[used_at.start..].starts_with("<<") => None,
        Spot::Text { range, .. } => Some((key.clone(), range)),
        Spot::Flag(_) => None,
    };
    let mut keys: Vec<_> = entries.keys().filter_map(own).collect();
    keys.sort_by_key(|(_, range)| range.start);
    keys
}

/// Where the line of an offset starts, behind a byte order mark.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let start = text[..at].rfind(BREAKS).map_or(0, |found| found + 1);
    match text[start..at].starts_with('\u{feff}') {
        true => start + '\u{feff}'.len_utf8(),
        false => start,
    }
}

/// Where the line of an offset ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find(BREAKS)
        .map_or(text.len(), |found| at + found)
}

/// The end of the last of the comment lines right behind a line that are indented at least that deep.
pub(super) fn end_of_comments(text: &str, line_end: usize, least: usize) -> usize {
    let mut end = line_end;
    loop {
        let next = end + break_at(text, end).len();
        let line = &text[next..self::line_end(text, next)];
        let content = line.trim_start_matches([' ', '\t']);
        if next == end || !content.starts_with('#') || line.len() - content.len() < least {
            return end;
        }
        end = next + line.len();
    }
}

/// The line break at an offset, nothing where there is none.
fn break_at(text: &str, at: usize) -> &'static str {
    let rest = &text[at..];
    ["\r\n", "\n", "\r"]
        .into_iter()
        .find(|ending| rest.starts_with(ending))
        .unwrap_or("")
}

/// How a new line at the end of that one is broken: as that one is, else as the first of the text.
pub(super) fn line_break(text: &str, line_end: usize) -> &'static str {
    let own = break_at(text, line_end);
    let first = || break_at(text, self::line_end(text, 0));
    match (own, first()) {
        ("", "") => "\n",
        ("", first) => first,
        (own, _) => own,
    }
}

/// White space as wide as what stands before an entry on its line: indentation, and the dash of a list item.
pub(super) fn indentation(before: &str) -> Option<String> {
    let is_plain = before.chars().all(|c| matches!(c, ' ' | '\t' | '-'));
    is_plain.then(|| before.replace('-', " "))
}

/// The dash of a list item with the white space around it, from what stands before the item on its line.
pub(super) fn marker(before: &str) -> Option<&str> {
    let dash = before.find('-')?;
    let behind = &before[dash + 1..];
    let width = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let is_marker = before[..dash].trim_matches([' ', '\t']).is_empty() && width > 0;
    is_marker.then(|| &before[..dash + 1 + width])
}
