//! Which object stores a release can keep snapshots in, and which names their buckets have. What a cluster uses is not known here.

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

/// Why no provider behind URLs of that scheme has a bucket of that name; none where one may.
///
/// Source: the naming rules of Amazon S3 ("Bucket naming rules", general purpose buckets), which MinIO and SeaweedFS share, of Google
/// Cloud Storage ("About Cloud Storage buckets", naming) and of Azure ("Naming and referencing containers").
pub fn bucket_fault(scheme: &str, name: &str) -> Option<&'static str> {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_part = |c: char| match c {
        '-' => true,
        '.' => scheme != "az",
        '_' => scheme == "gs",
        c => is_letter(c),
    };
    let longest = match scheme {
        // Google's names with dots are domains, whose parts have the length of others.
        "gs" if name.contains('.') => 222,
        _ => 63,
    };
    if !(3..=longest).contains(&name.len()) {
        return Some(match longest {
            63 => "its name has 3 to 63 characters",
            _ => "its name has 3 to 222 characters",
        });
    }
    if !name.chars().all(is_part) {
        return Some(match scheme {
            "az" => "its name has lower-case letters, digits and `-` only",
            "gs" => "its name has lower-case letters, digits, `-`, `_` and `.` only",
            _ => "its name has lower-case letters, digits, `-` and `.` only",
        });
    }
    if !name.starts_with(is_letter) || !name.ends_with(is_letter) {
        return Some("its name starts and ends with a letter or a digit");
    }
    match scheme {
        "az" if name.contains("--") => Some("its name has no two `-` in a row"),
        "az" => None,
        _ if name.contains("..") => Some("its name has no two dots in a row"),
        _ if name.parse::<std::net::Ipv4Addr>().is_ok() => Some("its name is not an IP address"),
        "gs" if name.starts_with("goog") => Some("its name does not start with `goog`"),
        "gs" if name.split('.').any(|part| part.len() > 63) => {
            Some("its name has 63 characters at most between two dots")
        }
        "s3" if name.starts_with("xn--") => Some("its name does not start with `xn--`"),
        _ => None,
    }
}
