//! A document with values set, entries added and lists extended: bytes are inserted where they belong, and all others
//! stay.

use std::ops::Range;

use serde_json::{Map, Value};

use super::layout;
use crate::refusal::Refusal;
use crate::source::{DocPath, Document, Spot};

/// Patches of a document's text. They are applied at once, so every offset is one of the unchanged text.
pub(super) struct Patches<'d> {
    document: &'d Document,
    patches: Vec<Patch>,
    additions: Vec<Addition>,
    anchored: Option<DocPath>,
}

/// Bytes, and what stands there afterwards.
struct Patch {
    range: Range<usize>,
    replacement: String,
}

/// New entries of a mapping, in one place.
struct Addition {
    mapping: DocPath,
    /// The key of the entry that they stand behind; none where the mapping has none.
    after: Option<String>,
    entries: Vec<(String, Value)>,
}

impl<'d> Patches<'d> {
    /// The text as it is.
    pub(super) fn new(document: &'d Document) -> Self {
        Self {
            document,
            patches: Vec::new(),
            additions: Vec::new(),
            anchored: None,
        }
    }

    /// A changed place that has an anchor, so that others may have changed with it.
    pub(super) fn anchored(&self) -> Option<&DocPath> {
        self.anchored.as_ref()
    }

    /// Whether a mapping is written at a path.
    pub(super) fn is_mapping(&self, path: &DocPath) -> bool {
        self.document.get(path).is_some_and(Value::is_object)
    }

    /// Sets the value of a key. A new entry stands behind the first of the keys `after` that is there, else behind the last.
    pub(super) fn set(
        &mut self,
        mapping: &DocPath,
        key: &str,
        value: &Value,
        after: &[&str],
    ) -> Result<(), Refusal> {
        let path = mapping.clone().key(key);
        if self.document.get(&path).is_none() {
            return self.add(mapping, key, value, after);
        }
        self.touch(&path)?;
        let text = self.document.text();
        if let Some(range) = self.document.range_written(&path.as_value()) {
            let replacement = in_place_of(&text[range.clone()], value);
            self.patches.push(Patch { range, replacement });
            return Ok(());
        }
        // A key without a value: the value belongs behind its colon.
        let colon = self.document.range_written(&path.as_key()).and_then(|key| {
            let behind = &text[key.end..];
            let blanks = behind.len() - behind.trim_start_matches([' ', '\t']).len();
            (behind[blanks..].starts_with(':')).then_some(key.end + blanks + 1)
        });
        let at = colon.ok_or_else(|| unusual_layout(&path))?;
        let value = flow(value, self.is_quoted(&path));
        self.insert(at, format!(" {value}"));
        Ok(())
    }

    /// Puts items behind those of a list, in its style; a list that is not there is written as [`Patches::set`] does.
    pub(super) fn extend(
        &mut self,
        mapping: &DocPath,
        key: &str,
        items: &[Value],
        after: &[&str],
    ) -> Result<(), Refusal> {
        let path = mapping.clone().key(key);
        let Some(Value::Array(present)) = self.document.get(&path) else {
            return self.set(mapping, key, &Value::Array(items.to_vec()), after);
        };
        self.touch(&path)?;
        let last = present
            .len()
            .checked_sub(1)
            .map(|last| path.clone().index(last));
        let is_quoted = self.is_quoted(&path);
        match (self.document.range_written(&path.as_value()), last) {
            (Some(brackets), last) => {
                let items: Vec<String> = items.iter().map(|item| flow(item, is_quoted)).collect();
                let last = last.map(|last| layout::extent(self.document, &last));
                self.put_into_brackets(brackets, last, &items);
                Ok(())
            }
            (None, Some(last)) => self.put_below(&last, items),
            (None, None) => Err(unusual_layout(&path)),
        }
    }

    /// The text with the changes made.
    pub(super) fn finish(&mut self) -> Result<String, Refusal> {
        for addition in std::mem::take(&mut self.additions) {
            self.carry_out(&addition)?;
        }
        // Patches at the same place keep the order in which they were requested.
        self.patches.sort_by_key(|patch| patch.range.start);
        let text = self.document.text();
        let mut changed = String::with_capacity(text.len() + 64);
        let mut done = 0;
        for Patch { range, replacement } in &self.patches {
            changed.push_str(text.get(done..range.start).unwrap_or_default());
            changed.push_str(replacement);
            done = range.end;
        }
        changed.push_str(&text[done..]);
        Ok(changed)
    }

    fn insert(&mut self, at: usize, text: String) {
        self.patches.push(Patch {
            range: at..at,
            replacement: text,
        });
    }

    /// Refuses a place whose value is written elsewhere, and notes one that has an anchor.
    fn touch(&mut self, path: &DocPath) -> Result<(), Refusal> {
        match self.document.spot(&path.as_value()) {
            Spot::Text { used_at: None, .. } => {}
            Spot::Text { .. } => {
                return Err(Refusal::new(
                    format!(
                        "`{path}` comes from elsewhere in the file, through an alias or a merge"
                    ),
                    format!("write the value of `{path}` out instead of using the alias"),
                ));
            }
            Spot::Flag(flag) => return Err(super::by_a_flag(&flag)),
        }
        let value = self.document.range_written(&path.as_value());
        let key = self.document.range_written(&path.as_key());
        if let (Some(key), Some(value)) = (key, value)
            && self.document.text()[key.end..value.start].contains('&')
        {
            self.anchored = Some(path.clone());
        }
        Ok(())
    }

    /// Whether the key at a path is in double quotes, as in JSON: new keys next to and below it are too.
    fn is_quoted(&self, path: &DocPath) -> bool {
        let key = self.document.written(&path.as_key());
        key.is_some_and(|key| key.starts_with('"'))
    }

    // New entries.

    fn add(
        &mut self,
        mapping: &DocPath,
        key: &str,
        value: &Value,
        after: &[&str],
    ) -> Result<(), Refusal> {
        if !mapping.is_root() {
            self.touch(mapping)?;
        }
        let own = layout::own_keys(self.document, mapping);
        let preferred = after
            .iter()
            .find(|key| own.iter().any(|(own, _)| own == *key));
        let after = preferred
            .map(|key| (*key).to_owned())
            .or_else(|| own.last().map(|(key, _)| key.clone()));
        let entry = (key.to_owned(), value.clone());
        let beside = self
            .additions
            .iter_mut()
            .find(|other| other.mapping == *mapping && other.after == after);
        match beside {
            Some(beside) => beside.entries.push(entry),
            None => self.additions.push(Addition {
                mapping: mapping.clone(),
                after,
                entries: vec![entry],
            }),
        }
        Ok(())
    }

    fn carry_out(&mut self, addition: &Addition) -> Result<(), Refusal> {
        let Addition {
            mapping,
            after,
            entries,
        } = addition;
        let own = layout::own_keys(self.document, mapping);
        let is_last = own.last().map(|(key, _)| key) == after.as_ref();
        let after = after.as_ref().map(|key| mapping.clone().key(key));
        let is_quoted = self.is_quoted(after.as_ref().unwrap_or(mapping));
        let entries: Vec<String> = entries
            .iter()
            .map(|(key, value)| entry(key, value, is_quoted))
            .collect();
        let extent = after.map(|path| layout::extent(self.document, &path));
        match (self.document.range_written(&mapping.as_value()), extent) {
            (Some(braces), extent) => {
                let is_merged_alone =
                    extent.is_none() && self.document.text()[braces.clone()].contains("<<");
                if is_merged_alone {
                    return Err(unusual_layout(mapping));
                }
                self.put_into_brackets(braces, extent, &entries);
            }
            (None, Some(extent)) => {
                let text = self.document.text();
                let before = &text[layout::line_start(text, extent.start)..extent.start];
                let indentation =
                    layout::indentation(before).ok_or_else(|| unusual_layout(mapping))?;
                // Below the last entry of a section a comment on the level of its keys is the section's; elsewhere it may be that of
                // the next entry.
                let is_last = !mapping.is_root() && is_last;
                let least = indentation.len() + usize::from(!is_last);
                self.put_on_lines(extent.end, least, &indentation, &entries);
            }
            (None, None) if mapping.is_root() => self.put_at_the_end(&entries),
            (None, None) => return Err(unusual_layout(mapping)),
        }
        Ok(())
    }

    /// Lines behind that of an offset, and behind the comments below it that are indented at least that deep.
    fn put_on_lines(&mut self, end: usize, least: usize, indentation: &str, lines: &[String]) {
        let text = self.document.text();
        let at = layout::end_of_comments(text, layout::line_end(text, end), least);
        let line_break = layout::line_break(text, at);
        let lines = lines
            .iter()
            .map(|line| format!("{line_break}{indentation}{line}"));
        self.insert(at, lines.collect());
    }

    /// Into a file that has nothing but comments.
    fn put_at_the_end(&mut self, lines: &[String]) {
        let text = self.document.text();
        let line_break = layout::line_break(text, text.len());
        let lines = lines.join(line_break);
        let is_open = !text.is_empty() && !text.ends_with(['\n', '\r', '\u{feff}']);
        let inserted = match is_open {
            true => format!("{line_break}{lines}"),
            false => format!("{lines}{line_break}"),
        };
        self.insert(text.len(), inserted);
    }

    // Lists and mappings in brackets.

    /// Behind an item in brackets; without one into brackets that are empty.
    fn put_into_brackets(
        &mut self,
        brackets: Range<usize>,
        item: Option<Range<usize>>,
        items: &[String],
    ) {
        let text = self.document.text();
        let Some(item) = item else {
            let inner = brackets.start + 1..brackets.end.saturating_sub(1).max(brackets.start + 1);
            let is_blank = text[inner.clone()].trim().is_empty();
            let items = items.join(", ");
            match is_blank {
                true => self.patches.push(Patch {
                    range: inner,
                    replacement: items,
                }),
                false => self.insert(inner.start, items),
            }
            return;
        };
        let before = &text[layout::line_start(text, item.start)..item.start];
        let line_end = layout::line_end(text, item.end);
        let behind = text[item.end..line_end].trim_start();
        let comma = behind.strip_prefix(',');
        let rest = comma.unwrap_or(behind).trim_start();
        let has_own_line = before.trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
        if !has_own_line {
            let items = items.iter().map(|item| format!(", {item}"));
            self.insert(item.end, items.collect());
            return;
        }
        let line = format!("{}{before}", layout::line_break(text, line_end));
        let mut lines = format!("{line}{}", items.join(&format!(",{line}")));
        match comma {
            Some(_) => lines.push(','),
            None => self.insert(item.end, ",".to_owned()),
        }
        self.insert(line_end, lines);
    }

    // Lists by indentation.

    /// Items with dashes of their own below the last.
    fn put_below(&mut self, last: &DocPath, items: &[Value]) -> Result<(), Refusal> {
        let text = self.document.text();
        let list = last.parent();
        let extent = layout::extent(self.document, last);
        let before = &text[layout::line_start(text, extent.start)..extent.start];
        let marker = layout::marker(before).ok_or_else(|| unusual_layout(last))?;
        let keys = layout::own_keys(self.document, last);
        let is_quoted = keys
            .first()
            .is_some_and(|(key, _)| self.is_quoted(&last.clone().key(key)));
        // A mapping is written as the one above it: in braces, or a key a line.
        let is_in_lines = !keys.is_empty() && self.document.written(&last.as_value()).is_none();
        let below = format!(
            "{}{}",
            layout::line_break(text, layout::line_end(text, extent.end)),
            marker.replace('-', " ")
        );
        let lines = items.iter().map(|item| match item {
            Value::Object(entries) if is_in_lines => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| entry(key, value, is_quoted));
                entries.collect::<Vec<_>>().join(&below)
            }
            _ => flow(item, is_quoted),
        });
        let lines: Vec<String> = lines.collect();
        let key = list.and_then(|list| self.document.range_written(&list.as_key()));
        let column = key.map_or(0, |key| key.start - layout::line_start(text, key.start));
        self.put_on_lines(extent.end, column + 1, marker, &lines);
        Ok(())
    }
}

/// That a place is not written as the tool knows to change it.
fn unusual_layout(path: &DocPath) -> Refusal {
    Refusal::new(
        format!("`{path}` is written in a way that this tool cannot extend"),
        format!("write `{path}` with one key per line, or in brackets"),
    )
}

/// A value in the quotes of the text that it replaces.
fn in_place_of(written: &str, value: &Value) -> String {
    match (value, written.chars().next()) {
        (Value::String(text), Some(quote @ ('"' | '\''))) => format!("{quote}{text}{quote}"),
        _ => flow(value, false),
    }
}

/// `key: value`.
fn entry(key: &str, value: &Value, is_quoted: bool) -> String {
    let quote = if is_quoted { "\"" } else { "" };
    format!("{quote}{key}{quote}: {}", flow(value, is_quoted))
}

/// A value on one line. Texts are names and keys of ours, which need no quotes.
fn flow(value: &Value, is_quoted: bool) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, is_quoted)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => format!("{{{}}}", entries_in(entries, is_quoted)),
        Value::String(text) if !is_quoted => text.clone(),
        other => other.to_string(),
    }
}

fn entries_in(entries: &Map<String, Value>, is_quoted: bool) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(key, value)| entry(key, value, is_quoted))
        .collect();
    entries.join(", ")
}
