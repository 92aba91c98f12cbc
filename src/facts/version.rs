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

    /// Byte by byte: the spans of all tables are read this way, thousands of times in a run.
    fn read(text: &str) -> Option<Self> {
        let mut numbers = [0u16; 3];
        let (mut place, mut digits) = (0, 0);
        for byte in text.bytes() {
            match byte {
                b'.' if digits > 0 && place < 2 => (place, digits) = (place + 1, 0),
                b'0'..=b'9' if digits == 0 || numbers[place] > 0 => {
                    let shifted = numbers[place].checked_mul(10)?;
                    numbers[place] = shifted.checked_add(u16::from(byte - b'0'))?;
                    digits += 1;
                }
                _ => return None,
            }
        }
        let [major, minor, patch] = numbers;
        (place == 2 && digits > 0).then_some(Self::new(major, minor, patch))
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
        Self::read(text).ok_or_else(|| ParseVersionError(text.to_owned()))
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
