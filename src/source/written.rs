//! Where values, their anchors and their tags are written: the parser's places include what stands around a value.

use saphyr_parser::{Marker, ScalarStyle, ScanError, Span};

use super::fault::{Fault, FaultKind};
use super::position::TextIndex;
use super::tree::Bytes;

/// A text, for which the parser counts characters.
pub(super) struct Written<'t> {
    text: &'t str,
    index: &'t TextIndex,
    /// Characters before the first that the parser sees.
    skipped: usize,
}

impl<'t> Written<'t> {
    /// The text, of which the parser sees all but the first characters.
    pub(super) fn new(text: &'t str, index: &'t TextIndex, skipped: usize) -> Self {
        Self {
            text,
            index,
            skipped,
        }
    }

    /// What stands there.
    pub(super) fn text_of(&self, range: &Bytes) -> &'t str {
        &self.text[range.clone()]
    }

    /// The characters of a scalar without the comment and the line breaks behind it.
    pub(super) fn scalar(&self, range: Bytes, style: ScalarStyle) -> Bytes {
        let text = &self.text[range.clone()];
        let text = quoted_length(text, style).map_or(text, |length| &text[..length]);
        range.start..range.start + text.trim_end().len()
    }

    /// Where a collection in brackets ends: the parser counts white space and a comment behind it too, and leaves the bracket out
    /// behind a last comma. From `at` on, where the last value ends, there is nothing before the bracket but commas, white space
    /// and comments.
    pub(super) fn closing_bracket(&self, mut at: usize) -> Option<usize> {
        while let Some(next) = self.text.get(at..)?.chars().next() {
            at += match next {
                ']' | '}' => return Some(at + 1),
                '#' => {
                    let rest = &self.text[at..];
                    rest.find(['\n', '\r']).unwrap_or(rest.len())
                }
                other => other.len_utf8(),
            };
        }
        None
    }

    /// The range behind `&anchor` and `!tag`, which the parser counts to the value, and the anchor.
    pub(super) fn behind_properties(&self, range: Bytes) -> (Bytes, Option<&'t str>) {
        let mut start = range.start;
        let mut anchor = None;
        loop {
            let rest = &self.text[start..range.end];
            start += match rest.chars().next() {
                Some('&') => {
                    let name = word(rest, "&");
                    anchor = Some(name);
                    name.len() + 1
                }
                Some('!') => word(rest, "").len(),
                Some('#') => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                Some(c) if c.is_whitespace() => c.len_utf8(),
                _ => return (start..range.end, anchor),
            };
        }
    }

    /// The alias there, and its name.
    pub(super) fn alias_at(&self, marker: &Marker) -> (Bytes, &'t str) {
        let start = self.byte(marker.index());
        let name = word(&self.text[start..], "*");
        (start..start + name.len() + 1, name)
    }

    /// The tag that stands at or shortly before the start of that range.
    pub(super) fn tag_of(&self, range: &Bytes) -> (Bytes, &'t str) {
        let line = self.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let start = if self.text[range.start..].starts_with(['!', '&']) {
            let own = &self.text[range.clone()];
            range.start + own.find('!').unwrap_or(0)
        } else {
            let before = &self.text[line..range.start];
            line + before
                .rfind(" !")
                .map_or(before.rfind('!').unwrap_or(0), |at| at + 1)
        };
        let tag = word(&self.text[start..], "");
        (start..start + tag.len(), tag)
    }

    /// The fault at which the scanner gives up.
    pub(super) fn scan_fault(&self, error: &ScanError) -> Fault {
        let at = self.byte(error.marker().index());
        // The scanner stops behind a tab, or at the start of what the tab's line continues.
        let tab = self.indenting_tab(at);
        let start = tab.unwrap_or(at);
        let width = match self.text[start..].chars().next() {
            Some('\n' | '\r') | None => 0,
            Some(character) => character.len_utf8(),
        };
        let said = error.info().to_owned();
        let kind = match said.contains("recursion limit") {
            true => FaultKind::TooDeep,
            false => FaultKind::Syntax {
                said,
                tab: tab.is_some() || self.text[start..].starts_with('\t'),
            },
        };
        Fault {
            kind,
            range: start..start + width,
        }
    }

    /// The tab that indents the line of that offset, or the next.
    fn indenting_tab(&self, at: usize) -> Option<usize> {
        let mut line_start = self.text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        for _ in 0..2 {
            let line = &self.text[line_start..];
            let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line[..indentation].find('\t') {
                return Some(line_start + tab);
            }
            line_start += line.find('\n')? + 1;
        }
        None
    }

    fn byte(&self, character: usize) -> usize {
        self.index.byte_of(self.text, character + self.skipped)
    }

    /// The bytes that the parser means.
    pub(super) fn range(&self, span: Span) -> Bytes {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

/// How long a quoted scalar is: the parser counts white space and a comment behind it too.
fn quoted_length(text: &str, style: ScalarStyle) -> Option<usize> {
    let (quote, escape) = match style {
        ScalarStyle::SingleQuoted => (b'\'', b'\''),
        ScalarStyle::DoubleQuoted => (b'"', b'\\'),
        _ => return None,
    };
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == escape && (escape != quote || bytes.get(at + 1) == Some(&quote)) {
            at += 2;
        } else if bytes[at] == quote {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
    None
}

/// The word behind a prefix, up to white space or what ends a flow item.
fn word<'t>(text: &'t str, prefix: &str) -> &'t str {
    let text = text.strip_prefix(prefix).unwrap_or(text);
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}'));
    &text[..end.unwrap_or(text.len())]
}
