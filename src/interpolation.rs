//! Compose's variables in a text: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+other}`, each also
//! without the colon and within each other, and `$$` for a dollar sign.
//!
//! Source: compose-go, `template`, 2.0.2 and 2.10.1; run: Compose 2.26.1.

/// What is wrong with a variable of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// It is not set and has no default, so Compose takes it for empty.
    Unset(String),
    /// It must be set and is not; the message that the file has for that.
    Required(String, String),
    /// `$` begins something that is not a variable: Compose refuses the file.
    Invalid,
}

/// The text with its variables replaced, as far as they are known; `gaps` is told what is missing.
pub fn interpolated(
    text: &str,
    variable: &impl Fn(&str) -> Option<String>,
    gaps: &mut Vec<Gap>,
) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        value += before;
        if let Some(after) = after.strip_prefix('$') {
            value.push('$');
            rest = after;
        } else if let Some((inside, after)) = after.strip_prefix('{').and_then(up_to_brace) {
            value += &replaced(inside, variable, gaps);
            rest = after;
        } else {
            let name = &after[..name_length(after)];
            if name.is_empty() {
                gaps.push(Gap::Invalid);
                value.push('$');
            } else {
                value += &plain(name, variable, gaps);
            }
            rest = &after[name.len()..];
        }
    }
    value + rest
}

/// What stands in the braces.
fn replaced(
    inside: &str,
    variable: &impl Fn(&str) -> Option<String>,
    gaps: &mut Vec<Gap>,
) -> String {
    let (name, rest) = inside.split_at(name_length(inside));
    if name.is_empty() {
        gaps.push(Gap::Invalid);
        return String::new();
    }
    let (takes_empty, rest) = match rest.strip_prefix(':') {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    let set = variable(name).filter(|value| takes_empty || !value.is_empty());
    let mut operator = rest.chars();
    let first = operator.next();
    let other = operator.as_str();
    match (first, set) {
        (None, _) if takes_empty => plain(name, variable, gaps),
        (Some('-' | '?'), Some(value)) => value,
        (Some('-'), None) => interpolated(other, variable, gaps),
        (Some('?'), None) => {
            let mut ignored = Vec::new();
            let message = interpolated(other, variable, &mut ignored);
            gaps.push(Gap::Required(name.to_owned(), message));
            String::new()
        }
        (Some('+'), Some(_)) => interpolated(other, variable, gaps),
        (Some('+'), None) => String::new(),
        _ => {
            gaps.push(Gap::Invalid);
            String::new()
        }
    }
}

fn plain(name: &str, variable: &impl Fn(&str) -> Option<String>, gaps: &mut Vec<Gap>) -> String {
    variable(name).unwrap_or_else(|| {
        gaps.push(Gap::Unset(name.to_owned()));
        String::new()
    })
}

/// How long the name is that a text begins with.
fn name_length(text: &str) -> usize {
    let is_name = |(at, c): (usize, char)| match c {
        '_' => true,
        c => c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()),
    };
    text.char_indices()
        .find(|of| !is_name(*of))
        .map_or(text.len(), |(at, _)| at)
}

/// The text before the brace that closes the one before it, and the text after it.
fn up_to_brace(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_compose_does() {
        let set = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("plain", "plain"),
            ("$A-${A}", "a-a"),
            ("$$A $${A}", "$A ${A}"),
            ("${A:-b}${B:-b}${EMPTY:-b}${EMPTY-b}", "abb"),
            ("${B:-${A:-c}}", "a"),
            ("${B:-${C:-${D-d}}}", "d"),
            ("${A:+x}${B:+x}${EMPTY:+x}${EMPTY+x}", "xx"),
            ("http://${B:-h}:80", "http://h:80"),
        ] {
            let mut gaps = Vec::new();
            assert_eq!(interpolated(text, &set, &mut gaps), expected, "{text}");
            assert!(gaps.is_empty(), "{text}: {gaps:?}");
        }
        for (text, expected) in [
            ("${B:?set it}", Gap::Required("B".into(), "set it".into())),
            ("${EMPTY:?no}", Gap::Required("EMPTY".into(), "no".into())),
            ("$B", Gap::Unset("B".into())),
            ("${B}", Gap::Unset("B".into())),
            ("${}", Gap::Invalid),
            ("${A:}", Gap::Invalid),
            ("$ ", Gap::Invalid),
        ] {
            let mut gaps = Vec::new();
            interpolated(text, &set, &mut gaps);
            assert_eq!(gaps, [expected], "{text}");
        }
    }
}
