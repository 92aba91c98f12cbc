//! What a value of a setting must look like. Which setting is of which kind is not known here.

/// What a value of a setting must look like. The server reads all of these from TOML and from a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingKind {
    /// A number of bytes, plain or with a unit: `1GiB`, `512 MiB`, `1073741824`. `G`, `GB` and `g` count in thousands,
    /// so `2G` is 1.9 GiB. Most refuse 0.
    Bytes,
    /// A duration with units, friendly or ISO 8601: `10m`, `1m 30s`, `PT5S`. A bare number is refused, also `0`.
    Duration,
    /// Two durations, the shortest and the longest wait: `250ms..1m`.
    DurationRange,
    /// A whole number of at least 0. From a variable it must not be in quotes.
    Integer,
    /// A whole number or a string: a replication such as `2` or `{zone: 2, node: 3}`, or attempts such as `unlimited`.
    IntegerOrText,
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
    /// A list of values. A single bare value is refused, as are commas without brackets.
    List,
    /// A list, or one text with commas.
    ListOrText,
    /// A table whose keys are free, such as HTTP headers; each value is a string.
    Map,
    /// One of these words.
    Choice(Vec<&'static str>),
}

impl SettingKind {
    /// The kind that a cell of the settings table names.
    pub(in crate::facts) fn parse(cell: &'static str) -> Self {
        match cell {
            "bytes" => Self::Bytes,
            "duration" => Self::Duration,
            "duration-range" => Self::DurationRange,
            "integer" => Self::Integer,
            "integer-or-text" => Self::IntegerOrText,
            "float" => Self::Float,
            "boolean" => Self::Boolean,
            "text" => Self::Text,
            "file" => Self::File,
            "files" => Self::Files,
            "folder" => Self::Folder,
            "url" => Self::Url,
            "list" => Self::List,
            "list-or-text" => Self::ListOrText,
            "map" => Self::Map,
            choice => Self::Choice(
                choice
                    .strip_prefix("choice:")
                    .unwrap_or(choice)
                    .split('|')
                    .collect(),
            ),
        }
    }
}
