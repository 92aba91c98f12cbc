//! Which object stores a release can keep snapshots in. What a cluster uses is not known here.

use super::releases::Release;
use super::table::Span;

/// A kind of snapshot destination.
#[derive(Debug, PartialEq, Eq)]
pub struct SnapshotScheme {
    /// The scheme of its URL, such as `s3`.
    pub scheme: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

static SCHEMES: &[SnapshotScheme] = &[
    SnapshotScheme {
        scheme: "s3",
        span: Span::from("1.5.3"),
        source: "schema 1.5.3",
    },
    SnapshotScheme {
        scheme: "gs",
        span: Span::from("1.6.0"),
        source: "release notes v1.6.0",
    },
    SnapshotScheme {
        scheme: "az",
        span: Span::from("1.6.0"),
        source: "release notes v1.6.0",
    },
];

impl Release {
    /// Whether this release can keep snapshots under URLs of that scheme.
    pub fn takes_snapshots_to(&self, scheme: &str) -> bool {
        SCHEMES
            .iter()
            .any(|row| row.scheme == scheme && self.is_in(row.span))
    }
}
