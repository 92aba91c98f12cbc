//! How the server reads a time. Which settings are times is not known here.
//!
//! Source: restatedev/restate crates/time-util/src/duration.rs, which parses a [`jiff::Span`]; run, 1.5.3 and 1.7.12 with
//! `--dump-config`: the texts of the test below.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// The time as the server reads it. `None` for what it refuses: months and years, negative times, a number without a unit.
pub fn server_duration(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    // A day is 24 hours; how long months and years are would depend on the date.
    let relative = SpanRelativeTo::days_are_24_hours();
    let duration: SignedDuration = span.to_duration(relative).ok()?;
    Duration::try_from(duration).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_servers_read_them() {
        for (text, milliseconds) in [
            ("10s", 10_000),
            ("1m", 60_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("1 hour 30 minutes", 5_400_000),
            ("1 hour, 30 minutes", 5_400_000),
            ("1.5h", 5_400_000),
            ("01:30:00", 5_400_000),
            ("PT1.5H", 5_400_000),
            ("pt10s", 10_000),
            ("P1DT2H", 93_600_000),
            ("P1W", 604_800_000),
            ("2w", 1_209_600_000),
            ("1 day", 86_400_000),
            ("1.5s", 1500),
            ("10 secs", 10_000),
            ("+5s", 5000),
            (" 5s", 5000),
            ("1\u{b5}s", 0),
            ("1ns", 0),
        ] {
            let read = server_duration(text).map(|read| read.as_millis());
            assert_eq!(read, Some(milliseconds), "{text}");
        }
        for text in [
            "P1M",
            "P1Y",
            "1mo",
            "1y",
            "1 Month",
            "-5s",
            "5s ago",
            "0",
            "10",
            "1h 01:00",
            "1 M",
            "1H",
            "10S",
            "5 s 3 s",
            "3s 5m",
            "",
            "s",
            "ten seconds",
        ] {
            assert_eq!(server_duration(text), None, "{text}");
        }
    }
}
