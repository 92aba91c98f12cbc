//! Views into texts: a strict minijinja environment that escapes by the kind of file.
//!
//! Templates decide nothing. A name that a view does not have is an error, and so is a kind of file
//! that no escaping is known for.

use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};
use serde::Serialize;

/// Renders the template of that name; the name's ending says how values are escaped.
///
/// # Panics
/// When the template and its view do not fit: that is our bug, and every golden test would show it.
pub fn render(name: &'static str, template: &'static str, view: &impl Serialize) -> String {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .expect("the delimiters are Jinja's own"),
    );
    environment.set_auto_escape_callback(escaping);
    environment.set_formatter(format);
    environment
        .add_template(name, template)
        .and_then(|()| environment.get_template(name)?.render(Serde(view)))
        .unwrap_or_else(|error| panic!("template {name}: {error:#}"))
}

/// The escaping of YAML files.
const YAML: &str = "yaml";

fn escaping(name: &str) -> AutoEscape {
    match name.rsplit_once('.') {
        Some((_, "yaml")) => AutoEscape::Custom(YAML.into()),
        Some((_, "env" | "md")) => AutoEscape::None,
        _ => panic!("no escaping is known for {name}"),
    }
}

fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let yaml = matches!(state.auto_escape(), AutoEscape::Custom(name) if name == YAML);
    match value.kind() {
        // A safe string is a line of a block scalar, where YAML knows no escapes.
        ValueKind::String if yaml && !value.is_safe() => {
            let text = value.as_str().unwrap_or_default();
            write_yaml_scalar(out, text).map_err(Error::from)
        }
        ValueKind::String | ValueKind::Number | ValueKind::Bool => {
            write!(out, "{value}").map_err(Error::from)
        }
        kind => Err(Error::new(
            ErrorKind::BadSerialization,
            format!("a {kind} has no place in a file"),
        )),
    }
}

/// Writes the text as YAML: plain where nobody can take it for anything else, else in quotes.
fn write_yaml_scalar(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    const NOT_TEXT: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts_plain = |c: u8| c.is_ascii_alphabetic() || matches!(c, b'_' | b'/');
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'/');
    let plain = text.bytes().next().is_some_and(starts_plain)
        && text.bytes().all(is_plain)
        && !NOT_TEXT.iter().any(|word| word.eq_ignore_ascii_case(text));
    if plain {
        return out.write_str(text);
    }
    // Single quotes take every printable character but themselves; only ASCII is trusted to be printable everywhere.
    if text.bytes().all(|c| matches!(c, b' '..=b'~') && c != b'\'') {
        out.write_char('\'')?;
        out.write_str(text)?;
        return out.write_char('\'');
    }
    // YAML reads JSON's strings, apart from DEL, the C1 controls and the marks that JSON leaves as they are.
    for character in serde_json::to_string(text).map_err(|_| fmt::Error)?.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                write!(out, "\\u{:04x}", character as u32)?;
            }
            character => out.write_char(character)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_cannot_be_anything_else_is_plain() {
        for (text, expected) in [
            ("restate-1", "restate-1"),
            ("/data", "/data"),
            ("no", "'no'"),
            ("On", "'On'"),
            ("", "''"),
            ("2.0", "'2.0'"),
            ("1e3", "'1e3'"),
            ("-", "'-'"),
            ("a: b", "'a: b'"),
            ("[\"a\"]", "'[\"a\"]'"),
            ("it's", "\"it's\""),
            ("a\"b\n", "\"a\\\"b\\n\""),
            ("\u{85}\u{feff}", "\"\\u0085\\ufeff\""),
            ("127.0.0.1:8080:8080", "'127.0.0.1:8080:8080'"),
        ] {
            let mut written = String::new();
            write_yaml_scalar(&mut written, text).expect("a string takes everything");
            assert_eq!(written, expected);
        }
    }

    #[test]
    #[should_panic(expected = "undefined value")]
    fn a_name_that_the_view_does_not_have_is_a_panic() {
        #[derive(Serialize)]
        struct Empty {}
        render("a.yaml", "{{ name }}", &Empty {});
    }
}
