//! Compose's own notation: `$$` for a dollar sign, `${NAME:-value}` for what `.env` may override.

use serde::Serialize;

/// A variable of a service, in this notation.
#[derive(Serialize, Clone, PartialEq)]
pub struct VariableView {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The text as it is, whatever it contains.
pub fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// The value of the variable, or `default` where it is unset or empty. `default` is in Compose's notation already.
///
/// A default that Compose would cut stands without the variable.
pub fn overridable(name: &str, default: &str) -> String {
    if is_default(default) {
        format!("${{{name}:-{default}}}")
    } else {
        default.into()
    }
}

/// Whether Compose reads the text to its end as the default of a variable. It counts braces: one that opens hides the character
/// behind it, and the one that closes the first ends the default. Source: compose-go, `template`, 2.0.2 and 2.10.1; run: Compose 2.26.1.
pub fn is_default(text: &str) -> bool {
    let mut open = 1u32;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '{' => {
                open += 1;
                characters.next();
            }
            '}' => open -= 1,
            '\n' => return false,
            _ => {}
        }
        if open == 0 {
            return false;
        }
    }
    open == 1
}

/// The value of a variable that must be set; `message` says how.
pub fn mandatory(name: &str, message: &str) -> String {
    format!("${{{name}:?{message}}}")
}

#[cfg(test)]
mod tests {
    use super::is_default;

    #[test]
    fn only_what_compose_reads_to_its_end_is_a_default() {
        for text in [
            "",
            "s3://restate/snapshots",
            "warn,x[run{id=1}]=debug",
            "{\"a\"=\"b\"}",
            "{a{b}c}",
        ] {
            assert!(is_default(text), "{text}");
        }
        for text in ["{{x}}", "{}", "a}", "a{", "}{", "{a", "a\nb"] {
            assert!(!is_default(text), "{text}");
        }
    }
}
