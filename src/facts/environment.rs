//! How a setting is written as an environment variable, and how the server reads the text of one. Which variables a
//! target writes is not known here.

/// Variables that need no prefix and yet change the configuration, and win over the prefixed one.
#[derive(Debug, PartialEq, Eq)]
pub struct OutsideVariable {
    /// The name of the variable.
    pub name: &'static str,
    /// The setting it changes, by the name that the newest release gives it.
    pub setting: &'static str,
    /// Where this is known from.
    pub source: &'static str,
}

/// The syntax of a variable: how the server reads its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableSyntax {
    /// As it stands: the variable stands for a flag of the command line too. Quotes would become part of the value.
    Verbatim,
    /// Numbers, `true`, `false`, `[lists]`, `{tables}` and `"quoted strings"` are distinguished from plain strings.
    Parsed,
}

const LOADER: &str =
    "restatedev/restate crates/types/src/config_loader.rs@v1.7.6; run: 1.7.12, --dump-config";

static OUTSIDE: &[OutsideVariable] = &[
    OutsideVariable {
        name: "AWS_EXTERNAL_ID",
        setting: "worker.invoker.aws-assume-role-external-id",
        source: LOADER,
    },
    OutsideVariable {
        name: "DO_NOT_TRACK",
        setting: "disable-telemetry",
        source: LOADER,
    },
    OutsideVariable {
        name: "HTTP_PROXY",
        setting: "worker.invoker.http-proxy",
        source: LOADER,
    },
    OutsideVariable {
        name: "MEMORY_LIMIT",
        setting: "rocksdb-total-memory-size",
        source: LOADER,
    },
    OutsideVariable {
        name: "NO_PROXY",
        setting: "worker.invoker.no-proxy",
        source: LOADER,
    },
    OutsideVariable {
        name: "RUST_LOG",
        setting: "log-filter",
        source: LOADER,
    },
];

/// The settings whose variables are read verbatim, because the command line has a flag of that name that also takes
/// the variable (`restate-server --help` of 1.5.3, 1.6.2, 1.7.2 and 1.7.12). Those from `bind-ip` on since 1.6.0;
/// 1.5.3 has none of them but `advertised-address` and `bind-address`, which it parses to the same effect.
const VERBATIM: &[&str] = &[
    "cluster-name",
    "node-name",
    "tracing-endpoint",
    "tracing-runtime-endpoint",
    "tracing-services-endpoint",
    "advertised-address",
    "advertised-host",
    "bind-address",
    "bind-ip",
    "bind-port",
    "listen-mode",
    "use-random-ports",
];

impl OutsideVariable {
    /// All of them, sorted by name.
    pub fn all() -> &'static [Self] {
        OUTSIDE
    }
}

impl VariableSyntax {
    /// How the server reads the variable of the setting at `path`.
    pub fn of(path: &str) -> Self {
        if VERBATIM.contains(&path) {
            Self::Verbatim
        } else {
            Self::Parsed
        }
    }
}

/// The variable of a setting: `RESTATE_`, then the path in capitals with `__` for each dot and `_` for each hyphen.
///
/// The way back is not unique: the server turns every `_` into `-`, so a key with an underscore has no variable.
pub fn environment_variable(path: &str) -> String {
    format!(
        "RESTATE_{}",
        path.replace('.', "__").replace('-', "_").to_uppercase()
    )
}

/// A string as it must be written in the variable of the setting at `path`, so that the server reads exactly this
/// string.
///
/// Not for numbers, booleans, lists and tables, which are written bare. Inside `[...]` and `{...}` every text should be
/// in quotes, and a table is `{key = "value"}` with quotes around keys that hold anything but letters, digits, `_` and
/// `-`: JSON's colon makes the whole value a plain text.
///
/// Seen with `--dump-config` of 1.5.3, 1.6.2 and 1.7.12: blanks around a value are cut off; `true`, `false`, integers
/// with or without sign, and decimals without exponent lose their type unless quoted; so does anything in brackets,
/// braces, or single quotes; and a backslash after a non-ASCII character in a quoted text makes the server panic, so
/// such characters are written as `\UXXXXXXXX` here.
pub fn environment_text(path: &str, text: &str) -> String {
    if VariableSyntax::of(path) == VariableSyntax::Verbatim || is_read_as_plain_text(text) {
        return text.to_owned();
    }
    let has_escapes = text.contains(['"', '\\']) || text.contains(char::is_control);
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() || (has_escapes && !other.is_ascii()) => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(other)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn is_read_as_plain_text(text: &str) -> bool {
    let looks_typed = matches!(text, "true" | "false") || looks_like_number(text);
    let opens = text.starts_with(['"', '\'', '[', '{']);
    // Not every reader on the way takes a control character as it is: kubectl's kustomize writes DEL and cannot read it.
    let has_control = text.contains(char::is_control);
    !looks_typed && !opens && !has_control && text.trim() == text
}

/// Careful rather than exact: quotes do not harm a string.
fn looks_like_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
        && text.parse::<f64>().is_ok()
}
