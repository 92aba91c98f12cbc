//! Compose's own notation: `$$` for a dollar sign, `${NAME:-value}` for what `.env` may override.

/// The text as it is, whatever it contains.
pub fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// The value of the variable, or `default` where it is unset or empty. `default` is in Compose's notation already.
///
/// A default whose braces do not pair would be cut at the first that closes none, so it stands without the variable.
pub fn overridable(name: &str, default: &str) -> String {
    if braces_pair(default) {
        format!("${{{name}:-{default}}}")
    } else {
        default.into()
    }
}

fn braces_pair(text: &str) -> bool {
    let depth = text
        .chars()
        .try_fold(0u32, |depth, character| match character {
            '{' => Some(depth + 1),
            '}' => depth.checked_sub(1),
            _ => Some(depth),
        });
    depth == Some(0)
}

/// The value of a variable that must be set; `message` says how.
pub fn mandatory(name: &str, message: &str) -> String {
    format!("${{{name}:?{message}}}")
}
