//! How the faults of [`source`](crate::source) read as findings.

mod rules;

pub use rules::*;

use super::{Diagnostic, quoted, suggest::closest};
use crate::source::{DEEPEST, Document, Fault, FaultKind, MOST_BYTES, MOST_VALUES};

/// The document's faults of reading as findings.
pub fn diagnostics(document: &Document) -> Vec<Diagnostic> {
    document
        .faults()
        .iter()
        .map(|fault| diagnostic(document, fault))
        .collect()
}

fn diagnostic(document: &Document, fault: &Fault) -> Diagnostic {
    let at = fault.range.clone();
    match &fault.kind {
        FaultKind::NotUtf8 { offset, byte } => not_utf8(document, fault, *offset, *byte),
        FaultKind::TooLarge => {
            let most = MOST_BYTES >> 20;
            let message = format!("the file is larger than {most} MiB, so it is not read");
            Diagnostic::new(&TOO_LARGE, super::At::Document, message)
                .help("pass a cluster file; one for a thousand nodes is smaller than 1 MiB")
        }
        FaultKind::Unprintable(character) => {
            let code = u32::from(*character);
            let message = format!("the control character U+{code:04X} is not allowed in YAML");
            Diagnostic::new(&UNPRINTABLE, at, message)
                .help("delete it, or write it with an escape inside double quotes")
        }
        FaultKind::Syntax { said, tab } => {
            let (message, help) = syntax(said, *tab);
            Diagnostic::new(&SYNTAX, at, message).help(help)
        }
        FaultKind::NotAMapping { found } => {
            let message = format!("the top level is {found}, not a mapping of keys");
            Diagnostic::new(&NOT_A_MAPPING, at, message)
                .help("write keys such as `nodes: 3` at the top level")
        }
        FaultKind::SecondDocument => Diagnostic::new(
            &SECOND_DOCUMENT,
            at,
            "a second document starts here and would be ignored",
        )
        .help("keep one cluster per file: delete this line and what follows it"),
        FaultKind::DuplicateKey { key, first } => {
            let message = format!("the key {} is already in this mapping", quoted(key));
            Diagnostic::new(&DUPLICATE_KEY, at, message)
                .label("the second")
                .related(first.clone(), "the first")
                .help("keep one of the two")
        }
        FaultKind::NotTextKey { found } => {
            let message = format!("a key must be a string, and this is {found}");
            let help = match document.text().get(at.clone()) {
                Some(written) if is_short_word(written) => {
                    format!("write \"{written}\" in quotes if it is meant as a key")
                }
                _ => "write a name before the colon".to_owned(),
            };
            Diagnostic::new(&NOT_TEXT_KEY, at, message).help(help)
        }
        FaultKind::UnknownAlias { name, known } => {
            let message = format!(
                "there is no anchor `&{}` before this alias",
                quoted(name).trim_matches('`')
            );
            let help = match closest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("write `*{near}`, which is set above"),
                None => {
                    format!("set `&{name}` on a value above this line, or write the value here")
                }
            };
            Diagnostic::new(&UNKNOWN_ALIAS, at, message).help(help)
        }
        FaultKind::AliasInItself { name } => {
            let message =
                format!("`*{name}` is inside the value that it repeats, which would never end");
            Diagnostic::new(&UNKNOWN_ALIAS, at, message).help("write the inner value out")
        }
        FaultKind::MergeOfNoMapping { found } => {
            let message = format!("`<<` adds the entries of a mapping, and this is {found}");
            Diagnostic::new(&MERGE_OF_NO_MAPPING, at, message).help("name a mapping: `<<: *anchor`")
        }
        FaultKind::TooManyValues => {
            let message =
                format!("from here on there are more than {MOST_VALUES} values, aliases expanded");
            Diagnostic::new(&TOO_MANY_VALUES, at, message)
                .help("write `nodes` as a count or as groups, and use aliases less")
        }
        FaultKind::TooDeep => {
            let message = format!("nested deeper than {DEEPEST} levels");
            Diagnostic::new(&TOO_DEEP, at, message).help("close brackets that were left open")
        }
        FaultKind::Tag { tag } => {
            let message = format!("the tag {} has no meaning here", quoted(tag));
            Diagnostic::new(&TAG, at, message).help("delete the tag and write the value itself")
        }
        FaultKind::NotFinite => {
            let written = document.text().get(at.clone()).unwrap_or_default();
            let message = format!("{} is not a finite number", quoted(written));
            Diagnostic::new(&NOT_FINITE, at, message)
                .help("write a number, or leave the key out for its default")
        }
    }
}

fn not_utf8(document: &Document, fault: &Fault, offset: usize, byte: u8) -> Diagnostic {
    let looks_like_utf16 = offset == 0 && matches!(byte, 0xfe | 0xff);
    let help = if looks_like_utf16 {
        "save the file as UTF-8; it looks like UTF-16"
    } else {
        "save the file as UTF-8"
    };
    let line = document.position(fault.range.start).line;
    let message =
        format!("the file is not UTF-8: byte {byte:#04x} at offset {offset} (line {line})");
    Diagnostic::new(&NOT_UTF8, fault.range.clone(), message).help(help)
}

/// What the scanner says, in the words of someone who writes a cluster file, and the fix.
fn syntax(said: &str, tab: bool) -> (String, &'static str) {
    if tab {
        return (
            "a tab indents this line, and YAML allows only spaces".to_owned(),
            "replace the tab with spaces",
        );
    }
    let table: [(&str, &str, &str); 14] = [
        (
            "mapping values are not allowed",
            "there is a `:` where no key can be",
            "put the text in quotes if the colon belongs to it, or start the key on its own line, indented like the other keys",
        ),
        (
            "simple key expect",
            "this line has no `:`",
            "write `key: value`, or indent the line if it belongs to the one above",
        ),
        (
            "did not find expected key",
            "this line belongs neither to the mapping above nor to any around it",
            "indent it exactly like the keys it belongs to",
        ),
        (
            "expected '-' indicator",
            "this line is indented like the list above, but starts no item",
            "start it with `- `, or indent it like the key that it belongs to",
        ),
        (
            "flow sequence, expected",
            "a list in brackets is not continued with `,` nor closed with `]`",
            "close the bracket, or put a comma between the items",
        ),
        (
            "flow mapping, did not find",
            "a mapping in braces is not continued with `,` nor closed with `}`",
            "close the brace, or put a comma between the entries",
        ),
        (
            "end of stream",
            "a quote is not closed before the end of the file",
            "close the quote",
        ),
        (
            "unexpected document indicator",
            "a quote is not closed before the next document",
            "close the quote",
        ),
        (
            "unknown escape",
            "this escape does not exist in double quotes",
            "write `\\\\` for a backslash, or use single quotes",
        ),
        (
            "trailing content after double-quoted",
            "text follows the closing quote",
            "put all of it inside the quotes",
        ),
        (
            "block sequence entries are not allowed",
            "a list item cannot start here",
            "start the list on its own line, below its key",
        ),
        (
            "did not find expected node content",
            "a value is missing or starts with a character that YAML reserves",
            "write the value, in quotes if it starts with one of @ ` % , ] }",
        ),
        (
            "invalid indentation",
            "this line is indented less than what it continues",
            "indent it further, or close the quote or bracket above",
        ),
        (
            "misplaced bracket",
            "this bracket closes nothing",
            "delete it, or open it first",
        ),
    ];
    for (part, message, help) in table {
        if said.contains(part) {
            return (message.to_owned(), help);
        }
    }
    (
        format!("this is not YAML: {said}"),
        "check quotes, brackets and indentation here and on the line above",
    )
}

/// Whether text is worth repeating in a help.
fn is_short_word(text: &str) -> bool {
    text.len() <= 40
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~'))
}
