//! A server version as a value: parsed, shown, compared for equality. Its order is known inside facts only.

use std::fmt;
use std::str::FromStr;

/// A Restate server version, `major.minor.patch`.
///
/// There is no `Ord`: what depends on a version being newer than another is a row in a table of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

/// The text is not a version of the form `1.7.12`: three numbers without signs, leading zeros or suffixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseVersionError(String);

impl Version {
    pub(in crate::facts) const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    const fn key(self) -> (u16, u16, u16) {
        (self.major, self.minor, self.patch)
    }

    pub(in crate::facts) fn is_before(self, other: Self) -> bool {
        self.key() < other.key()
    }

    pub(in crate::facts) fn is_of_minor(self, major: u16, minor: u16) -> bool {
        (self.major, self.minor) == (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        let refused = || ParseVersionError(text.to_owned());
        let mut parts = text.split('.').map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'));
            plain.then(|| part.parse::<u16>().ok()).flatten()
        });
        let mut number = || parts.next().flatten();
        match (number(), number(), number(), text.matches('.').count()) {
            (Some(major), Some(minor), Some(patch), 2) => Ok(Self::new(major, minor, patch)),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for ParseVersionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:?} is not a server version such as 1.7.12",
            self.0
        )
    }
}

impl std::error::Error for ParseVersionError {}
