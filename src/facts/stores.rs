//! Which object stores a release can keep snapshots in, what their addresses look like, and which names their buckets
//! have. What a cluster uses is not known here.

use super::releases::Release;
use super::table::Span;

/// A form of snapshot destination.
#[derive(Debug, PartialEq, Eq)]
pub struct SnapshotForm {
    /// The scheme of its URL, such as `s3`.
    pub scheme: &'static str,
    /// How its host ends, where that says which store it is; empty where the host is a bucket or a container.
    pub host: &'static str,
    /// The store that it leads to, as the cluster file calls its kind.
    pub store: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

/// What a destination leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPlace {
    /// The store, as the cluster file calls its kind.
    pub store: &'static str,
    /// Whether it names the storage account too, which Azure needs.
    pub names_account: bool,
}

const fn form(
    scheme: &'static str,
    host: &'static str,
    store: &'static str,
    since: &'static str,
    source: &'static str,
) -> SnapshotForm {
    SnapshotForm {
        scheme,
        host,
        store,
        span: Span::from(since),
        source,
    }
}

/// The server is healthy with each of these, and ends with others: tests/data/restate-server-starts.tsv.
const STARTS: &str = "run: 1.6.2 and 1.7.12 start with it";
const ALWAYS: &str = "run: 1.5.3, 1.6.2 and 1.7.12 start with it";
const NOTES: &str = "release notes v1.6.0; run: 1.6.2 and 1.7.12 start with it";

static FORMS: [SnapshotForm; 13] = [
    form("s3", "", "s3", "1.5.3", "schema 1.5.3"),
    form("s3a", "", "s3", "1.5.3", ALWAYS),
    form("https", ".amazonaws.com", "s3", "1.5.3", ALWAYS),
    form("https", ".r2.cloudflarestorage.com", "s3", "1.5.3", ALWAYS),
    form("gs", "", "gcs", "1.6.0", NOTES),
    form("az", "", "azure", "1.6.0", NOTES),
    form("azure", "", "azure", "1.6.0", STARTS),
    form("adl", "", "azure", "1.6.0", STARTS),
    form("abfs", "", "azure", "1.6.0", STARTS),
    form("abfss", "", "azure", "1.6.0", STARTS),
    form("https", ".blob.core.windows.net", "azure", "1.6.0", STARTS),
    form("https", ".dfs.core.windows.net", "azure", "1.6.0", STARTS),
    form(
        "https",
        ".blob.fabric.microsoft.com",
        "azure",
        "1.6.0",
        STARTS,
    ),
];

impl SnapshotForm {
    /// Whether it is the form of an address with that host. A container's host is a name, or a name at an account.
    fn is_of(&self, scheme: &str, host: &str) -> bool {
        let is_name = |name: &str| !name.is_empty() && !name.contains('.');
        scheme == self.scheme
            && match (self.host, self.store) {
                ("", "azure") => match host.split_once('@') {
                    Some((container, account)) => is_name(container) && account.contains('.'),
                    None => is_name(host),
                },
                (end, _) => host.ends_with(end),
            }
    }
}

impl Release {
    /// What a snapshot destination leads to; none where this release does not start with it.
    pub fn snapshot_place(&self, destination: &str) -> Option<SnapshotPlace> {
        let (scheme, rest) = destination.split_once("://")?;
        let host = rest.split('/').next().unwrap_or_default();
        let mut forms = FORMS.iter().filter(|form| self.is_in(form.span));
        let form = forms.find(|form| form.is_of(scheme, host))?;
        Some(SnapshotPlace {
            store: form.store,
            names_account: form.store == "azure" && (!form.host.is_empty() || host.contains('@')),
        })
    }

    /// Whether this release can keep snapshots in that kind of store.
    pub fn keeps_snapshots_in(&self, store: &str) -> bool {
        FORMS
            .iter()
            .any(|form| form.store == store && self.is_in(form.span))
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
