//! How the server reads a rate. Which settings are rates is not known here.
//!
//! Source: restatedev/restate crates/types/src/rate.rs@v1.7.6; run, 1.5.3 to 1.7.12 with `--dump-config`.

/// Whether the server takes the text for a rate: a number above 0, and after a slash its unit, a second where none is
/// written.
pub fn is_rate(text: &str) -> bool {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let unit = unit.trim().to_ascii_lowercase();
    let is_unit = [
        "s", "sec", "second", "m", "min", "minute", "h", "hr", "hour",
    ]
    .contains(&&*unit);
    is_unit && number.trim().parse::<u32>().is_ok_and(|number| number > 0)
}
