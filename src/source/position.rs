//! Lines, columns, characters and bytes of a text, in time that does not grow with a line's length.

use std::ops::Range;

/// A line and a column, both from 1; the column counts characters, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Every so many characters the byte offset is noted.
const STRIDE: usize = 64;

/// An index over a text: where its lines start, and which byte a character is at.
#[derive(Debug, Clone, Default)]
pub(super) struct TextIndex {
    /// Byte offset of every line's start.
    lines: Vec<usize>,
    /// Byte offset of every [`STRIDE`]th character; empty for ASCII, where both counts agree.
    strides: Vec<usize>,
}

impl TextIndex {
    /// Reads the text once. Lines end as in YAML 1.2: LF, CR LF or CR.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let breaks = (0..bytes.len()).filter(|&at| ends_line(at));
        let lines = std::iter::once(0).chain(breaks.map(|at| at + 1)).collect();
        let strides = if text.is_ascii() {
            Vec::new()
        } else {
            let offsets = text.char_indices().map(|(offset, _)| offset);
            offsets.step_by(STRIDE).collect()
        };
        Self { lines, strides }
    }

    /// The byte offset of the character with that number, at most the text's length.
    pub(super) fn byte_of(&self, text: &str, character: usize) -> usize {
        if self.strides.is_empty() {
            return character.min(text.len());
        }
        let Some(&start) = self.strides.get(character / STRIDE) else {
            return text.len();
        };
        let rest = &text[start..];
        rest.char_indices()
            .nth(character % STRIDE)
            .map_or(text.len(), |(offset, _)| start + offset)
    }

    /// How many characters stand before that byte offset.
    fn character_of(&self, text: &str, offset: usize) -> usize {
        if self.strides.is_empty() {
            return offset;
        }
        let stride = self.strides.partition_point(|&start| start <= offset) - 1;
        stride * STRIDE + text[self.strides[stride]..offset].chars().count()
    }

    /// The position of a byte offset; a byte order mark takes no column.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = floor_char_boundary(text, offset);
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let mut column = self.character_of(text, offset) - self.character_of(text, start) + 1;
        if line == 1 && offset > 0 && text.starts_with('\u{feff}') {
            column -= 1;
        }
        Position { line, column }
    }

    /// The byte range of a line, from 1, without its line break.
    pub(super) fn line(&self, text: &str, line: usize) -> Range<usize> {
        let start = self.lines.get(line - 1).copied().unwrap_or(text.len());
        let end = self.lines.get(line).copied().unwrap_or(text.len());
        let shown = text[start..end].trim_end_matches(['\n', '\r']).len();
        start..start + shown
    }
}

/// The nearest character's start at or before that offset.
fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_whatever_ends_the_lines() {
        for text in [
            "aé\nb\u{1F980}c\n",
            "aé\r\nb\u{1F980}c\r\n",
            "aé\rb\u{1F980}c\r",
        ] {
            let index = TextIndex::new(text);
            let offset = text.find('c').expect("there");
            let expected = Position { line: 2, column: 3 };
            assert_eq!(index.position(text, offset), expected, "{text:?}");
            assert_eq!(&text[index.line(text, 2)], "b\u{1F980}c");
        }
    }

    #[test]
    fn characters_and_bytes_agree_beyond_a_stride() {
        let text = "ü".repeat(1000);
        let index = TextIndex::new(&text);
        for character in [0, 1, 63, 64, 65, 999, 1000, 5000] {
            let byte = (character * 2).min(text.len());
            assert_eq!(index.byte_of(&text, character), byte);
            assert_eq!(index.character_of(&text, byte), byte / 2);
        }
    }
}
