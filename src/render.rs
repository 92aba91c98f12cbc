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
use serde_json::Value as Json;

/// A file of `templates`.
#[derive(Clone, Copy)]
pub struct Template {
    /// Its path in that folder; the ending says how values are escaped.
    pub path: &'static str,
    /// What is in it.
    pub text: &'static str,
    /// The templates that it may include.
    pub parts: &'static [&'static [Template]],
}

impl Template {
    /// The same template, which may include those of these lists.
    pub fn including(self, parts: &'static [&'static [Template]]) -> Self {
        Self { parts, ..self }
    }
}

/// The [`Template`] of a path in `templates`.
macro_rules! template {
    ($path:literal) => {
        $crate::render::Template {
            path: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $path)),
            parts: &[],
        }
    };
}
pub(crate) use template;

/// Renders the template with the view's values.
///
/// # Panics
/// When the template and its view do not fit: that is our bug, and every golden test would show it.
pub fn render(template: Template, view: &impl Serialize) -> String {
    let path = template.path;
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
    template
        .parts
        .iter()
        .copied()
        .flatten()
        .chain([&template])
        .try_for_each(|part| environment.add_template(part.path, part.text))
        .and_then(|()| environment.get_template(path)?.render(Serde(view)))
        .unwrap_or_else(|error| panic!("template {path}: {error:#}"))
}

/// Items in a row, with the separator between them.
pub fn joined(items: impl IntoIterator<Item = impl fmt::Display>, separator: &str) -> String {
    let mut written = String::new();
    for (index, item) in items.into_iter().enumerate() {
        let separator = if index == 0 { "" } else { separator };
        fmt::write(&mut written, format_args!("{separator}{item}"))
            .expect("a string takes everything");
    }
    written
}

/// The escaping of YAML files.
const YAML: &str = "yaml";
/// The escaping of HCL files.
const HCL: &str = "hcl";

fn escaping(name: &str) -> AutoEscape {
    match name.rsplit_once('.') {
        Some((_, "yaml")) => AutoEscape::Custom(YAML.into()),
        Some((_, "hcl")) => AutoEscape::Custom(HCL.into()),
        Some((_, "dot" | "env" | "md" | "mmd" | "sh" | "txt")) => AutoEscape::None,
        _ => panic!("no escaping is known for {name}"),
    }
}

fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let escaping = match state.auto_escape() {
        AutoEscape::Custom(name) => name,
        _ => "",
    };
    match value.kind() {
        // A safe string is a line of a block scalar or of a heredoc, where YAML and HCL know no escapes.
        ValueKind::String if escaping == YAML && !value.is_safe() => {
            let text = value.as_str().unwrap_or_default();
            write_yaml_scalar(out, text).map_err(Error::from)
        }
        ValueKind::String if escaping == HCL && !value.is_safe() => {
            let text = value.as_str().unwrap_or_default();
            write_hcl_string(out, text).map_err(Error::from)
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

/// The text as YAML: plain where nobody can take it for anything else, else in quotes.
pub fn yaml_string(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    write_yaml_scalar(&mut written, text).expect("a string takes everything");
    written
}

/// A key with its value: what is in it a line each, below the key.
pub fn yaml_entry(key: &str, value: &Json) -> Vec<Value> {
    let below: Vec<Value> = match value {
        Json::Array(items) => {
            let items = items.iter().map(|item| format!("  - {}", yaml_flow(item)));
            items.map(verbatim).collect()
        }
        Json::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("  {}: {}", yaml_string(key), yaml_flow(value)));
            entries.map(verbatim).collect()
        }
        _ => Vec::new(),
    };
    let key = yaml_string(key);
    if below.is_empty() {
        return vec![verbatim(format!("{key}: {}", yaml_flow(value)))];
    }
    std::iter::once(verbatim(format!("{key}:")))
        .chain(below)
        .collect()
}

/// A value on one line.
pub fn yaml_flow(value: &Json) -> String {
    match value {
        Json::String(text) => yaml_string(text),
        Json::Array(items) => {
            format!("[{}]", joined(items.iter().map(yaml_flow), ", "))
        }
        Json::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", yaml_string(key), yaml_flow(value)));
            format!("{{{}}}", joined(entries, ", "))
        }
        other => other.to_string(),
    }
}

/// Writes the text as a quoted HCL string, in which nothing is interpolated.
fn write_hcl_string(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            // `$${` is a plain `${`. Behind another `$` that reading would be ambiguous.
            '$' | '%' if characters.peek() == Some(&'{') => {
                if before == Some(character) {
                    write!(out, "\\u{:04x}", character as u32)?;
                } else {
                    write!(out, "{character}{character}")?;
                }
            }
            character
                if character.is_control()
                    || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}') =>
            {
                write!(out, "\\u{:04x}", character as u32)?;
            }
            character => out.write_char(character)?,
        }
        before = Some(character);
    }
    out.write_char('"')
}

/// A text that no escaping applies to: in a comment, or a line of a block.
pub fn verbatim(text: impl Into<String>) -> Value {
    Value::from_safe_string(text.into())
}

/// A list of strings as HCL.
pub fn hcl_list<'a>(items: impl IntoIterator<Item = &'a str>) -> Value {
    let items: Vec<String> = items.into_iter().map(hcl_string).collect();
    verbatim(format!("[{}]", items.join(", ")))
}

/// The text as a quoted HCL string.
pub fn hcl_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    write_hcl_string(&mut quoted, text).expect("a string takes everything");
    quoted
}

/// A line of a script or a template as it stands in a heredoc of HCL, where only interpolation is known.
pub fn hcl_heredoc_line(line: &str) -> Value {
    verbatim(line.replace("${", "$${").replace("%{", "%%{"))
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
    fn nothing_breaks_out_of_an_hcl_string() {
        for (text, expected) in [
            ("restate-1", r#""restate-1""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("${attr.x} %{ if y }", r#""$${attr.x} %%{ if y }""#),
            ("$${x} $$ 5% $", r#""$\u0024{x} $$ 5% $""#),
            ("<<EOF\nx\nEOF\n", r#""<<EOF\nx\nEOF\n""#),
            ("\u{0}\u{85}\u{2028}", r#""\u0000\u0085\u2028""#),
            ("\r\t", r#""\r\t""#),
        ] {
            let mut written = String::new();
            write_hcl_string(&mut written, text).expect("a string takes everything");
            assert_eq!(written, expected);
        }
        let line = hcl_heredoc_line("echo ${x%%/*} '%{code}' $x $((1))");
        assert_eq!(line.as_str(), Some("echo $${x%%/*} '%%{code}' $x $((1))"));
    }

    #[derive(Serialize)]
    struct View {
        absent: Option<&'static str>,
    }

    fn written(text: &'static str) -> String {
        let template = Template {
            path: "a.yaml",
            text,
            parts: &[],
        };
        render(template, &View { absent: None })
    }

    #[test]
    #[should_panic(expected = "undefined value")]
    fn a_name_that_the_view_does_not_have_is_a_panic() {
        written("{% if name %}{% endif %}");
    }

    #[test]
    fn what_is_absent_can_be_asked_for() {
        assert_eq!(written("{% if absent %}{{ absent }}{% endif %}"), "");
    }

    #[test]
    #[should_panic(expected = "a none has no place in a file")]
    fn what_is_absent_is_never_written() {
        written("{{ absent }}");
    }
}
