//! What strings of a certain form look like: sizes, durations and the like, and the fix for each.

use serde_json::Value;

use crate::model::{ByteSize, Duration};

/// A form that a string must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Size,
    Time,
    Digest,
    Location,
    Destination,
    Endpoint,
    Region,
    Attribute,
    Project,
    Prefix,
    Address,
    Registry,
    Repository,
    Unnamed,
}

impl Form {
    /// The form that a schema demands, by its JSON Pointer in the published schema.
    pub(super) fn of(schema: &str) -> Form {
        let named = [
            ("/definitions/ByteSize", Form::Size),
            ("/definitions/Duration", Form::Time),
            ("/properties/digest", Form::Digest),
            ("/properties/location_attribute", Form::Attribute),
            ("/properties/attribute", Form::Attribute),
            ("/properties/location", Form::Location),
            ("/properties/destination", Form::Destination),
            ("/properties/endpoint", Form::Endpoint),
            ("/properties/region", Form::Region),
            ("/properties/project", Form::Project),
            ("/properties/prefix", Form::Prefix),
            ("/properties/bind", Form::Address),
            ("/properties/ingress_bind", Form::Address),
            ("/properties/registry", Form::Registry),
            ("/properties/repository", Form::Repository),
        ];
        let found = named.into_iter().find(|(part, _)| schema.contains(part));
        found.map_or(Form::Unnamed, |(_, form)| form)
    }

    /// What the text should be: `a size with a binary unit`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Form::Size => "a size with a binary unit",
            Form::Time => "a time with its unit",
            Form::Digest => "an image digest",
            Form::Location => "a location, `region` or `region.zone`",
            Form::Destination => "a bucket URL",
            Form::Endpoint => "an http:// or https:// URL",
            Form::Region => "the name of a region",
            Form::Attribute => "an attribute of a Nomad client",
            Form::Project => "a Compose project name",
            Form::Prefix => "the beginning of a service name",
            Form::Address => "an IP address",
            Form::Registry => "the host of a registry",
            Form::Repository => "the name of an image",
            Form::Unnamed => "in the form that this key needs",
        }
    }

    /// The fix for what was written.
    pub(super) fn way_out(self, written: &str) -> String {
        match self {
            Form::Size => size(written).unwrap_or_else(|| {
                "write a number and one of B, KiB, MiB, GiB, TiB, such as 512MiB or 2GiB".into()
            }),
            Form::Time => time(written)
                .unwrap_or_else(|| "write a number and one of ms, s, m, h, d, such as 90s or 10m".into()),
            Form::Digest => "write `sha256:` and 64 lower-case hexadecimal digits, as `docker images --digests` shows them".into(),
            Form::Location => "use letters, digits, `-` and `_`, and one dot before the zone, such as eu-central.a".into(),
            Form::Destination => "write scheme, bucket and prefix, such as s3://restate/snapshots, without blanks and characters that URLs escape".into(),
            Form::Endpoint => "write the URL with its scheme and host, such as https://s3.example.com".into(),
            Form::Region => "use letters, digits, `-`, `_` and `.`, such as eu-central-1".into(),
            Form::Attribute => "write `meta.`, `attr.` or `node.` and a name that does not start with a digit, such as meta.rack".into(),
            Form::Project => "use lower-case letters, digits, `-` and `_`, and start with a letter or digit".into(),
            Form::Prefix => "use lower-case letters, digits and `-`, and start with a letter, such as restate-; or '' for no prefix".into(),
            Form::Address if written == "localhost" => "write 127.0.0.1".into(),
            Form::Address => "write the address of an interface, such as 127.0.0.1, or 0.0.0.0 for all interfaces".into(),
            Form::Registry => "write the host alone, with its port and a prefix where it has them, such as mirror.example.com:5000/cache".into(),
            Form::Repository => "write the name without scheme, tag and digest, such as registry.example.com/minio".into(),
            Form::Unnamed => "see the key's description in the schema".into(),
        }
    }

    /// The text that was most likely meant, when there is only one.
    pub(super) fn meant(self, written: &str) -> Option<String> {
        match self {
            Form::Address => (written == "localhost").then(|| "127.0.0.1".into()),
            _ => None,
        }
    }
}

/// The two readings of a size with a decimal unit or none.
fn size(written: &str) -> Option<String> {
    let (number, unit) = number_and_unit(written)?;
    if unit.is_empty() {
        return Some(format!(
            "write {number}MiB if mebibytes are meant, or another of B, KiB, MiB, GiB, TiB"
        ));
    }
    let letter = unit.chars().next()?.to_ascii_uppercase();
    let power = 1 + "KMGT".find(letter)? as i32;
    let rest = unit[1..].to_ascii_lowercase();
    if !matches!(rest.as_str(), "" | "b" | "i" | "ib") {
        return None;
    }
    let binary = format!("{number}{letter}iB");
    let bytes = binary.parse::<ByteSize>().ok()?.as_bytes();
    if rest.starts_with('i') {
        return Some(format!("write {binary}"));
    }
    let decimal = (number.parse::<f64>().ok()? * 1000f64.powi(power)) as u64;
    let nearest = match decimal >> 20 {
        0 => ByteSize::bytes(decimal >> 10 << 10),
        mebibytes => ByteSize::mebibytes(mebibytes),
    };
    Some(format!(
        "write {binary} ({} bytes), or {nearest} if {} bytes are meant",
        grouped(bytes),
        grouped(decimal)
    ))
}

fn time(written: &str) -> Option<String> {
    let (number, unit) = number_and_unit(written)?;
    if unit.is_empty() {
        return Some(format!(
            "write {number}s if seconds are meant, or another of ms, s, m, h, d"
        ));
    }
    let short = match unit.to_ascii_lowercase().trim_end_matches('s') {
        "second" | "sec" => "s",
        "minute" | "min" => "m",
        "hour" | "hr" => "h",
        "day" => "d",
        "milli" | "millisecond" => "ms",
        _ => return None,
    };
    let meant = format!("{number}{short}");
    meant
        .parse::<Duration>()
        .ok()
        .map(|_| format!("write {meant}"))
}

/// A number and the unit behind it.
fn number_and_unit(written: &str) -> Option<(&str, &str)> {
    let written = written.trim();
    let end = written
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(written.len());
    let (number, unit) = written.split_at(end);
    let unit = unit.trim();
    let is_short = number.len() <= 12 && unit.len() <= 12 && unit.is_ascii();
    (number.parse::<f64>().is_ok() && is_short).then_some((number, unit))
}

/// Digits in groups of three, as people read them.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// How many of a thing, in words that agree: `1 item`, `3 items`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A number as people write it: 4096, not 4096.0.
pub(super) fn number(value: &Value) -> String {
    match value.as_f64() {
        Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{}", float as i64),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_size_gets_both_readings() {
        for (written, help) in [
            (
                "2G",
                "write 2GiB (2 147 483 648 bytes), or 1907MiB if 2 000 000 000 bytes are meant",
            ),
            (
                "512MB",
                "write 512MiB (536 870 912 bytes), or 488MiB if 512 000 000 bytes are meant",
            ),
            ("2gib", "write 2GiB"),
            (
                "2048",
                "write 2048MiB if mebibytes are meant, or another of B, KiB, MiB, GiB, TiB",
            ),
        ] {
            assert_eq!(Form::Size.way_out(written), help);
        }
        assert!(Form::Size.way_out("much").starts_with("write a number"));
    }

    #[test]
    fn a_time_in_words_is_shortened() {
        assert_eq!(Form::Time.way_out("10 minutes"), "write 10m");
        assert_eq!(
            Form::Time.way_out("10"),
            "write 10s if seconds are meant, or another of ms, s, m, h, d"
        );
        assert!(Form::Time.way_out("often").starts_with("write a number"));
    }
}
