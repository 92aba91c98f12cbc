//! Compose's own notation: `$$` for a dollar sign, `${NAME:-value}` for what `.env` may override.

/// The text as it is, whatever it contains.
pub fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// The value of the variable, or `default` where it is unset or empty. `default` is in Compose's notation already.
pub fn overridable(name: &str, default: &str) -> String {
    format!("${{{name}:-{default}}}")
}

/// The value of a variable that must be set; `message` says how.
pub fn mandatory(name: &str, message: &str) -> String {
    format!("${{{name}:?{message}}}")
}
