//! What a value of a setting must look like. Which setting is of which kind is not known here.

/// What a value of a setting must look like. The server reads all of these from TOML and from a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingKind {
    /// A number of bytes, plain or with a unit: `1GiB`, `512 MiB`, `1073741824`. `G`, `GB` and `g` count in thousands,
    /// so `2G` is 1.9 GiB.
    Bytes {
        /// Whether it may be 0.
        zero: bool,
    },
    /// A duration with units, friendly or ISO 8601: `10m`, `1m 30s`, `PT5S`. A bare number is refused; `"0"` is taken
    /// where `0s` is.
    Duration {
        /// Whether it may be 0.
        zero: bool,
    },
    /// Two durations, the shortest and the longest wait: `250ms..1m`.
    DurationRange,
    /// A whole number. From a variable it must not be in quotes.
    Integer {
        /// The smallest one that the server takes.
        least: u64,
        /// The largest one.
        most: u64,
    },
    /// A whole number or a string: a replication such as `2` or `{zone: 2, node: 3}`.
    IntegerOrText,
    /// A whole number of attempts, at least 1, or `unlimited`.
    Attempts,
    /// How many in a second, or with its unit: `100`, `100/s`, `5/min`, `1000/hour`.
    Rate,
    /// A number with a fraction.
    Float,
    /// `true` or `false`, nothing else: `1`, `yes` and `True` are refused.
    Boolean,
    /// Any string. From a variable, a string that looks like another kind needs quotes: see
    /// [`environment_text`](super::environment_text).
    Text,
    /// The path of a file that the server reads. Without it the server ends.
    File,
    /// A list of such paths.
    Files,
    /// The path of a folder that the server writes to.
    Folder,
    /// An address with a scheme: `http://...`, and where the setting says so `s3://`, `gs://`, `az://` or `unix:`.
    Url,
    /// An IP address and a port: `127.0.0.1:6669`.
    SocketAddress,
    /// A list of texts. A single bare one is refused, as are commas without brackets.
    Texts,
    /// A list of texts, or one text with commas.
    TextsOrText,
    /// A list of names of HTTP headers.
    HeaderNames,
    /// A list of roles, or of what else has its own words.
    List,
    /// A list of tables, each with the `name` of a Kafka cluster, its `brokers`, and texts for the client.
    KafkaClusters,
    /// A table whose keys are free, such as HTTP headers; each value is a string.
    Map,
    /// One of these words.
    Choice(Vec<&'static str>),
}

impl SettingKind {
    /// The kind that a cell of the settings table names.
    ///
    /// # Panics
    /// When the table has invalid bounds: our bug, which the tests find.
    pub(in crate::facts) fn parse(cell: &'static str) -> Self {
        match cell {
            "bytes" => Self::Bytes { zero: true },
            "bytes>0" => Self::Bytes { zero: false },
            "duration" => Self::Duration { zero: true },
            "duration>0" => Self::Duration { zero: false },
            "duration-range" => Self::DurationRange,
            "integer-or-text" => Self::IntegerOrText,
            "attempts" => Self::Attempts,
            "rate" => Self::Rate,
            "float" => Self::Float,
            "boolean" => Self::Boolean,
            "text" => Self::Text,
            "file" => Self::File,
            "files" => Self::Files,
            "folder" => Self::Folder,
            "url" => Self::Url,
            "list" => Self::List,
            "socket-address" => Self::SocketAddress,
            "texts" => Self::Texts,
            "texts-or-text" => Self::TextsOrText,
            "header-names" => Self::HeaderNames,
            "kafka-clusters" => Self::KafkaClusters,
            "map" => Self::Map,
            other => match other.strip_prefix("integer:") {
                Some(bounds) => integer(bounds),
                None => Self::Choice(
                    other
                        .strip_prefix("choice:")
                        .unwrap_or(other)
                        .split('|')
                        .collect(),
                ),
            },
        }
    }
}

/// `1..u32`: from 1 to the largest number of that type.
fn integer(bounds: &str) -> SettingKind {
    let bound = |text: &str| match text {
        "u8" => Some(u8::MAX.into()),
        "u16" => Some(u16::MAX.into()),
        "u32" => Some(u32::MAX.into()),
        // Also where the server has room for more: 1.5 and 1.6 take no larger one from a variable.
        "i64" => Some(i64::MAX as u64),
        digits => digits.parse().ok(),
    };
    let ends = bounds.split_once("..");
    let ends = ends.and_then(|(least, most)| Some((bound(least)?, bound(most)?)));
    let (least, most) = ends.unwrap_or_else(|| panic!("{bounds:?} are no bounds"));
    SettingKind::Integer { least, most }
}
