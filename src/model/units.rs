//! Sizes and times with their unit in the type.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// A number of bytes, written with a binary unit: `512MiB`, `2GiB`, `1.5GiB`.
///
/// `2G` is refused: it is 2 GiB to Compose, 2,000,000,000 bytes to Kubernetes and to Restate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// Units from the largest down, each with its bytes.
const BYTE_UNITS: [(&str, u64); 5] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

impl ByteSize {
    /// A size of that many bytes.
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// A size of that many MiB.
    pub const fn mebibytes(mebibytes: u64) -> Self {
        Self(mebibytes << 20)
    }

    /// The size in bytes.
    pub const fn as_bytes(self) -> u64 {
        self.0
    }

    /// The size in MiB, rounded down.
    pub const fn as_mebibytes(self) -> u64 {
        self.0 >> 20
    }

    /// In whole MiB, rounded up, as people read it: `1537 MiB`.
    pub fn rounded_up(self) -> String {
        format!("{} MiB", self.0.div_ceil(1 << 20))
    }
}

impl fmt::Display for ByteSize {
    /// The largest unit that divides the size, so that it reads back as the same size.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, bytes) = BYTE_UNITS
            .into_iter()
            .find(|(_, bytes)| self.0.is_multiple_of(*bytes))
            .unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is not a size such as 512MiB or 2GiB");
        let digits = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(refused)?;
        let (number, unit) = text.split_at(digits);
        let number: f64 = number.parse().map_err(|_| refused())?;
        let (_, bytes) = BYTE_UNITS
            .into_iter()
            .find(|(name, _)| {
                // `2Gi`, as Kubernetes writes it, is as clear as `2GiB`.
                let unit = unit.trim_start();
                *name == unit
                    || name
                        .strip_suffix('B')
                        .is_some_and(|short| !short.is_empty() && short == unit)
            })
            .ok_or_else(refused)?;
        let size = number * bytes as f64;
        if size < 1.0 || size > (1u64 << 50) as f64 {
            return Err(refused());
        }
        Ok(Self(size as u64))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A size with a binary unit: B, KiB, MiB, GiB or TiB.",
            "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})? ?(B|[KMGT]iB?)$",
            "examples": ["512MiB", "2GiB"],
        })
    }
}

/// A span of time: `90s`, `10m`, `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(std::time::Duration);

/// Units from the largest down, each with its milliseconds.
const TIME_UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Duration {
    /// A span of that many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }

    /// The span in whole seconds, rounded up: a wait that is cut short is not a wait.
    pub fn as_seconds(self) -> u64 {
        self.0.as_millis().div_ceil(1000) as u64
    }
}

impl fmt::Display for Duration {
    /// From the largest unit down, as the server itself writes it: `1h 30m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis() as u64;
        if rest == 0 {
            return f.write_str("0s");
        }
        let mut separator = "";
        for (unit, milliseconds) in TIME_UNITS {
            let count = rest / milliseconds;
            rest %= milliseconds;
            if count > 0 {
                write!(f, "{separator}{count}{unit}")?;
                separator = " ";
            }
        }
        Ok(())
    }
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is not a time such as 90s, 10m or 1h 30m");
        let mut total: u64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(refused());
        }
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .ok_or_else(refused)?;
            let (number, tail) = rest.split_at(digits);
            let tail = tail.trim_start();
            let unit_length = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_length);
            let (_, milliseconds) = TIME_UNITS
                .into_iter()
                .find(|(name, _)| *name == short_unit(unit))
                .ok_or_else(refused)?;
            let number: u64 = number.parse().map_err(|_| refused())?;
            total = number
                .checked_mul(milliseconds)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(refused)?;
            rest = tail.trim_start();
        }
        Ok(Self(std::time::Duration::from_millis(total)))
    }
}

/// The server takes longer names of the units too; a setting of the user's may have them.
fn short_unit(unit: &str) -> &str {
    match unit {
        "millisecond" | "milliseconds" | "msec" | "msecs" => "ms",
        "second" | "seconds" | "sec" | "secs" => "s",
        "minute" | "minutes" | "min" | "mins" => "m",
        "hour" | "hours" | "hr" | "hrs" => "h",
        "day" | "days" => "d",
        short => short,
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time with its unit: ms, s, m, h or d.",
            "maxLength": 64,
            "pattern": r"^[0-9]{1,9}(ms|s|m|h|d)( ?[0-9]{1,9}(ms|s|m|h|d))*$",
            "examples": ["90s", "10m", "1h 30m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_reads_back_as_it_is_written() {
        for (text, bytes, shown) in [
            ("1B", 1, "1B"),
            ("512MiB", 512 << 20, "512MiB"),
            ("1.5GiB", 1536 << 20, "1536MiB"),
            ("2 GiB", 2 << 30, "2GiB"),
            ("2Gi", 2 << 30, "2GiB"),
            ("2048MiB", 2 << 30, "2GiB"),
        ] {
            let size: ByteSize = text.parse().expect(text);
            assert_eq!(size.as_bytes(), bytes, "{text}");
            assert_eq!(size.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<ByteSize>(), Ok(size));
        }
    }

    #[test]
    fn a_size_without_a_binary_unit_is_refused() {
        for text in [
            "2G",
            "2g",
            "2GB",
            "2",
            "",
            "GiB",
            "-1GiB",
            "0GiB",
            "1e9B",
            "9999999TiB",
        ] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_reads_back_as_it_is_written() {
        for (text, seconds, shown) in [
            ("90s", 90, "1m 30s"),
            ("5 minutes 30secs", 330, "5m 30s"),
            ("10m", 600, "10m"),
            ("1h30m", 5400, "1h 30m"),
            ("1500ms", 2, "1s 500ms"),
            ("0s", 0, "0s"),
        ] {
            let time: Duration = text.parse().expect(text);
            assert_eq!(time.as_seconds(), seconds, "{text}");
            assert_eq!(time.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<Duration>(), Ok(time));
        }
        for text in [
            "",
            "10",
            "10 fortnights",
            "-1s",
            "1.5h",
            "99999999999999999999d",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
