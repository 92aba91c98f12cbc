//! How the server reads a size. Which settings are sizes is not known here.
//!
//! Source: run, 1.5.3, 1.6.2, 1.7.10 and 1.7.12 with `--dump-config`: `G` and `GB` count in thousands, `Gi` and `GiB` in 1024s.

/// The bytes of a size as the server reads it: in any case of letters, `GiB` and `Gi` binary, `G` and `GB` decimal.
pub fn server_bytes(text: &str) -> Option<u64> {
    let (number, unit) = split_size(text)?;
    if unit.is_empty() && number.fract() != 0.0 {
        return None;
    }
    let unit = unit.to_ascii_lowercase();
    let (thousand, prefix) = match unit.strip_suffix('b').unwrap_or(&unit) {
        prefix if prefix.ends_with('i') => (1024f64, prefix.trim_end_matches('i')),
        prefix => (1000f64, prefix),
    };
    let power = match (prefix, thousand == 1024.0) {
        ("", false) => 0,
        (prefix, _) => {
            1 + ["k", "m", "g", "t", "p", "e"]
                .iter()
                .position(|known| *known == prefix)?
        }
    };
    Some((number * thousand.powi(power as i32)) as u64)
}

/// The number and the unit of a size, apart. `None` where there is no number.
pub fn split_size(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim_start()))
}
