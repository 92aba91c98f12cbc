//! `.env` as Docker Compose reads it, piece by piece, so that the pieces put together are the file again.
//!
//! Source: compose-go, `dotenv` and `template`, 2.0.2 and 2.10.1; run: Compose 2.26.1, the rows of `tests/data/dotenv.tsv`.

use std::ops::Range;

/// A part of the file: one line, several where a quoted value has line breaks, or one of several assignments of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The line on which it starts, from 1.
    pub line: usize,
    /// What is written, with the end of the line.
    pub text: &'a str,
    /// What that is.
    pub kind: PieceKind<'a>,
}

/// What a part of the file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceKind<'a> {
    /// `NAME=value`.
    Set {
        /// The variable.
        name: &'a str,
        /// Where in the text its value is written, with its quotes; from the `=` on.
        at: Range<usize>,
        /// What it is set to.
        value: Value,
    },
    /// `#NAME=value`, as the tool offers a variable.
    Offered {
        /// The variable.
        name: &'a str,
    },
    /// A comment, a blank line, or a name alone.
    Other,
    /// What Compose does not read. It reads none of the file then.
    Fault(Fault),
}

/// A value as Compose reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This text.
    Text(String),
    /// Other variables are in it, which are known when Compose runs.
    Varies,
}

/// Why Compose does not read a part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What should be a name has a character that no name has.
    Name(char),
    /// What should be a name has a blank in it.
    Blank,
    /// There is no name in front of the `=`.
    NoName,
    /// The last line is a name, or begins one, and has neither a `=` nor an end.
    NoEquals,
    /// The quote that ends the value is missing.
    Quote,
    /// `${` begins something else than a variable.
    Variable,
}

impl<'a> Piece<'a> {
    /// The variable that it sets or offers.
    pub fn name(&self) -> Option<&'a str> {
        match self.kind {
            PieceKind::Set { name, .. } | PieceKind::Offered { name } => Some(name),
            PieceKind::Other | PieceKind::Fault(_) => None,
        }
    }
}

/// The pieces of a file without its byte order mark.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut line = 1;
    while start < text.len() {
        let at_line_start = start == 0 || text[..start].ends_with('\n');
        let (length, kind) = piece(&text[start..], at_line_start);
        let piece = &text[start..start + length];
        pieces.push(Piece {
            line,
            text: piece,
            kind,
        });
        line += piece.matches('\n').count();
        start += length;
    }
    pieces
}

/// The first piece: how long it is, and what it is.
fn piece(text: &str, at_line_start: bool) -> (usize, PieceKind<'_>) {
    let line = line_of(text);
    let begin = line.len() - line.trim_start().len();
    match line[begin..].chars().next() {
        None => return (line.len(), PieceKind::Other),
        Some('#') => {
            let offered = offered(line).filter(|_| at_line_start);
            let kind = offered.map_or(PieceKind::Other, |name| PieceKind::Offered { name });
            return (line.len(), kind);
        }
        Some(_) => {}
    }
    let name_at = begin + exported(&line[begin..]);
    let name = match name(&line[name_at..]) {
        Ok(Some(name)) => name,
        Ok(None) => return (line.len(), PieceKind::Other),
        Err(fault) => return (line.len(), PieceKind::Fault(fault)),
    };
    let equals = name_at + name.len();
    let name = name.trim_end();
    if name.contains(' ') {
        return (line.len(), PieceKind::Fault(Fault::Blank));
    }
    let set = |at: Range<usize>, value| match value {
        Ok(value) => PieceKind::Set { name, at, value },
        Err(fault) => PieceKind::Fault(fault),
    };
    let behind = equals + 1;
    let value_at =
        behind + text[behind..].len() - text[behind..].trim_start_matches(is_blank).len();
    let Some(quote) = text[value_at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))
    else {
        let written = line.get(value_at..).unwrap_or_default();
        // A comment is what a blank and `#` begin: right behind the `=` both are the value.
        let written = written
            .split_once(" #")
            .map_or(written, |(value, _)| value)
            .trim_end();
        let end = match written {
            "" => behind,
            _ => value_at + written.len(),
        };
        return (line.len(), set(behind..end, expanded(written)));
    };
    let Some((value, length)) = quoted(&text[value_at + 1..], quote) else {
        return (line.len(), PieceKind::Fault(Fault::Quote));
    };
    let end = value_at + 1 + length;
    let value = match quote {
        '"' => expanded(&escaped(&value)),
        _ => Ok(Value::Text(value)),
    };
    // Behind the quote another assignment may follow.
    let rest = line_of(&text[end..]);
    let is_last = rest.trim_start().is_empty() || rest.trim_start().starts_with('#');
    let length = if is_last { end + rest.len() } else { end };
    (length, set(behind..end, value))
}

/// The first line, with its end.
fn line_of(text: &str) -> &str {
    text.find('\n').map_or(text, |end| &text[..=end])
}

/// The name in `#NAME=value`.
fn offered(line: &str) -> Option<&str> {
    let line = line.strip_prefix('#')?;
    let name = line[..line.find(['=', ':'])?].trim_end();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(is_part);
    (is_name && !name.is_empty()).then_some(name)
}

/// How long `export` with the blanks behind it is, where the line begins so.
fn exported(line: &str) -> usize {
    let rest = line.strip_prefix("export").unwrap_or(line);
    match rest.starts_with(['\t', '\u{c}', '\r', ' ']) {
        true if rest.len() < line.len() => line.len() - rest.trim_start_matches(is_blank).len(),
        _ => 0,
    }
}

/// What stands before the `=`, or the `:`, which Compose reads too; none for a line that is a name alone.
fn name(line: &str) -> Result<Option<&str>, Fault> {
    for (at, character) in line.char_indices() {
        match character {
            '=' | ':' if line[..at].trim().is_empty() => return Err(Fault::NoName),
            '=' | ':' => return Ok(Some(&line[..at])),
            '\n' if line[..at].trim_end().contains(' ') => return Err(Fault::Blank),
            '\n' => return Ok(None),
            '_' | '.' | '-' | '[' | ']' => {}
            other if is_blank(other) || other.is_alphanumeric() => {}
            other => return Err(Fault::Name(other)),
        }
    }
    Err(Fault::NoEquals)
}

/// What Compose skips within a line.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

/// What is in the quotes, and how long it is with the closing one. A backslash keeps the quote behind it, and nothing else.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match (character, is_escaped) {
            (_, false) if character == quote => return Some((value, at + 1)),
            ('\\', false) => {
                is_escaped = true;
                continue;
            }
            (_, true) if character != quote => value.push('\\'),
            _ => {}
        }
        is_escaped = false;
        value.push(character);
    }
    None
}

/// With the escapes of double quotes replaced by what they say.
fn escaped(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let Some(character) = behind.chars().next() else {
            rest = &rest[at..];
            break;
        };
        let said = match character {
            'a' => "\u{7}",
            'b' => "\u{8}",
            'f' => "\u{c}",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'v' => "\u{b}",
            '"' => "\"",
            '\\' => "\\",
            // A dollar sign that begins no variable.
            '$' => "$$",
            '0' => {
                let (said, length) = octal(behind);
                value.push_str(&said);
                rest = &behind[length..];
                continue;
            }
            // What Go does not know, and `\c`, stays.
            _ => {
                value.push('\\');
                rest = behind;
                continue;
            }
        };
        value.push_str(said);
        rest = &behind[character.len_utf8()..];
    }
    value.push_str(rest);
    value
}

/// What `0` and up to three digits say behind a backslash, and how many characters they are: three digits are a byte in octal, and with
/// any others the `0` goes.
fn octal(text: &str) -> (String, usize) {
    let digits = text[1..]
        .chars()
        .take(3)
        .take_while(char::is_ascii_digit)
        .count();
    let written = &text[..=digits];
    let byte = (digits == 3)
        .then(|| u8::from_str_radix(&written[1..], 8).ok())
        .flatten();
    let said = byte.map_or_else(
        || format!("\\{}", &written[1..]),
        |byte| char::from(byte).to_string(),
    );
    (said, written.len())
}

/// With `$$` as `$`, where nothing else is replaced.
fn expanded(text: &str) -> Result<Value, Fault> {
    let mut value = String::new();
    let mut varies = false;
    let mut rest = text;
    let begins_name = |c: char| c.is_ascii_alphabetic() || c == '_';
    while let Some(at) = rest.find('$') {
        value.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        rest = match behind.chars().next() {
            Some('$') => {
                value.push('$');
                &behind[1..]
            }
            Some('{') => {
                let is_variable = behind[1..].starts_with(begins_name) && is_braced(&behind[1..]);
                if !is_variable {
                    return Err(Fault::Variable);
                }
                varies = true;
                &behind[1..]
            }
            Some(c) if begins_name(c) => {
                varies = true;
                behind
            }
            _ => {
                value.push('$');
                behind
            }
        };
    }
    value.push_str(rest);
    Ok(if varies {
        Value::Varies
    } else {
        Value::Text(value)
    })
}

/// Whether what follows `${` is a name, perhaps with what to take in its place, and a closing brace.
fn is_braced(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = text.trim_start_matches(is_part);
    let rest = rest
        .strip_prefix(':')
        .filter(|rest| !rest.starts_with('}'))
        .unwrap_or(rest);
    match rest.strip_prefix(['-', '+', '?']) {
        Some(otherwise) => otherwise.contains('}'),
        None => rest.starts_with('}'),
    }
}
