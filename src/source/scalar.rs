//! Plain scalars by the core schema of YAML 1.2: `yes` is text, `0o17` and `0x1F` are numbers.

use saphyr_parser::Tag;
use serde_json::{Number, Value};

/// What a plain scalar means.
#[derive(Debug, PartialEq)]
pub(super) enum Plain {
    /// A value that JSON has too.
    Value(Value),
    /// `.inf`, `-.inf` or `.nan`, which JSON has not.
    NotFinite,
}

/// Resolves a plain scalar by the core schema.
pub(super) fn plain(text: &str) -> Plain {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(text) {
            Some(number) => return number,
            None => Value::String(text.to_owned()),
        },
    };
    Plain::Value(value)
}

/// A scalar by its tag; none when the tag is not YAML's own or does not fit.
pub(super) fn tagged(text: &str, tag: &Tag) -> Option<Plain> {
    let as_text = || Plain::Value(Value::String(text.to_owned()));
    if !tag.is_yaml_core_schema() {
        // A lone `!` says "not resolved": text.
        return (tag.handle.is_empty() && tag.suffix == "!").then(as_text);
    }
    let resolved = plain(text);
    let fits = match (tag.suffix.as_str(), &resolved) {
        ("str", _) => return Some(as_text()),
        ("null", Plain::Value(Value::Null)) | ("bool", Plain::Value(Value::Bool(_))) => true,
        ("int", Plain::Value(Value::Number(number))) => !number.is_f64(),
        ("float", Plain::Value(Value::Number(_)) | Plain::NotFinite) => true,
        _ => false,
    };
    fits.then_some(resolved)
}

/// The number that the text is, if it is one.
fn number(text: &str) -> Option<Plain> {
    // Most text that is not a number fails here, at its first character.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Plain::NotFinite);
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        // `u128` takes a sign of its own, the core schema takes none here.
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return Some(match u128::from_str_radix(digits, radix) {
                Ok(number) => integer(i128::try_from(number).unwrap_or(i128::MAX)),
                Err(_) => integer(i128::MAX),
            });
        }
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|c| c.is_ascii_digit()) {
        // More digits than `i128` holds are a float, as they would be in JSON.
        return Some(match text.parse::<i128>() {
            Ok(number) => integer(number),
            Err(_) => float(text),
        });
    }
    is_float(unsigned).then(|| float(text))
}

/// Whether it has the form `[0-9]*.?[0-9]*([eE][-+]?[0-9]+)?` with a digit before the exponent.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_fits && digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// An integer; beyond 64 bits a float, as JSON readers do.
fn integer(number: i128) -> Plain {
    let value = if let Ok(number) = u64::try_from(number) {
        Value::from(number)
    } else if let Ok(number) = i64::try_from(number) {
        Value::from(number)
    } else {
        Value::from(number as f64)
    };
    Plain::Value(value)
}

/// A float; one that overflows is not finite.
fn float(text: &str) -> Plain {
    let number = text.parse::<f64>().ok().and_then(Number::from_f64);
    number.map_or(Plain::NotFinite, |number| {
        Plain::Value(Value::Number(number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("null", json!(null)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("True", json!(true)),
            ("3", json!(3)),
            ("+3", json!(3)),
            ("-3", json!(-3)),
            ("007", json!(7)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0x", json!("0x")),
            ("0o8", json!("0o8")),
            ("-0x1F", json!("-0x1F")),
            ("1.7", json!(1.7)),
            ("1.7.12", json!("1.7.12")),
            (".5", json!(0.5)),
            ("1.", json!(1.0)),
            (".", json!(".")),
            ("-", json!("-")),
            ("1e3", json!(1000.0)),
            ("1e", json!("1e")),
            ("e3", json!("e3")),
            ("1_000", json!("1_000")),
            ("18446744073709551615", json!(18446744073709551615u64)),
            ("18446744073709551616", json!(18446744073709551616.0)),
            ("2Gi", json!("2Gi")),
            ("127.0.0.1", json!("127.0.0.1")),
            ("infinity", json!("infinity")),
            ("nan", json!("nan")),
        ] {
            assert_eq!(plain(text), Plain::Value(value), "{text}");
        }
        for text in [".inf", "-.Inf", "+.INF", ".nan", "1e999"] {
            assert_eq!(plain(text), Plain::NotFinite, "{text}");
        }
        let many = "9".repeat(60);
        assert!(matches!(plain(&many), Plain::Value(Value::Number(_))));
        assert!(matches!(
            plain(&format!("0x{}", "f".repeat(60))),
            Plain::Value(Value::Number(_))
        ));
    }
}
