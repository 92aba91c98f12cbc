//! Which settings the server of a release reads, under which key, of what kind and with what default. Whether a value
//! is wise is not known here.

use std::sync::LazyLock;

use super::releases::Release;
use super::setting_kind::SettingKind;
use super::table::{Span, Spans, rows};

/// One key of the server's configuration, as a dotted path of kebab-case keys such as `worker.snapshots.destination`.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The dotted path. [`environment_variable`](super::environment_variable) makes the variable of it.
    pub path: &'static str,
    /// What a value must look like.
    pub kind: SettingKind,
    /// Where the setting is known from.
    pub source: &'static str,
    published: Spans,
    hidden: Spans,
}

/// Keys of an entry of `ingress.kafka-clusters` that name a file, which the Kafka client reads. Source: librdkafka CONFIGURATION.md,
/// whose properties the server passes on (restatedev/restate crates/types/src/config/kafka.rs@v1.7.6).
pub const KAFKA_FILES: [&str; 6] = [
    "sasl.kerberos.keytab",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.keystore.location",
];

/// What a release makes of a path.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingStatus {
    /// In the published schema of the release's minor. It may still be deprecated: see [`Release::replacement`].
    Supported(&'static Setting),
    /// Read by the server although the published schema does not mention it. It may go without notice.
    Hidden(&'static Setting),
    /// The path of a table that holds settings, not of a setting.
    Section,
    /// Only newer servers read it; this one ignores it silently.
    NotYet {
        /// The first version that reads it.
        since: &'static str,
        /// What did this job before, where something did.
        instead: Option<&'static str>,
    },
    /// It has another name now.
    Renamed {
        /// The path to write instead.
        to: &'static str,
        /// The first version with the new name.
        since: &'static str,
        /// Whether the old name still has an effect (then it wins over the new one) or is silently ignored.
        still_read: bool,
    },
    /// It is gone; the server ignores it silently.
    Removed {
        /// The first version without it.
        since: &'static str,
        /// What does the job now, where something does.
        instead: Option<&'static str>,
    },
    /// No release this tool knows reads it. The server ignores unknown keys silently.
    Unknown,
}

/// What replaced a setting of the server in a later version.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingReplacement {
    /// The old path.
    pub path: &'static str,
    /// What to write instead: a path when `is_rename`, else a sentence; `None` when nothing took its place.
    pub instead: Option<&'static str>,
    /// Whether `instead` is the path of a setting with the same meaning.
    pub is_rename: bool,
    /// The first version for which this holds.
    pub since: &'static str,
    /// Whether the old key still has an effect from then on.
    pub still_read: bool,
    /// Where this is known from.
    pub source: &'static str,
}

/// The default of a setting in some releases.
#[derive(Debug, PartialEq, Eq)]
struct DefaultValue {
    path: &'static str,
    span: Span,
    text: &'static str,
    computed_from: Option<&'static str>,
    source: &'static str,
}

/// The kinds that settings had before they had that of their row. Source: tests/data/restate-server-values.tsv.
static OLDER_KINDS: [(&str, Span, SettingKind); 1] = [(
    "no-proxy",
    Span::between("1.5.3", "1.6.0"),
    SettingKind::Texts,
)];

static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let setting = |[path, kind, published, hidden, source]: [&'static str; 5]| Setting {
        path,
        kind: SettingKind::parse(kind),
        source,
        published: Spans(published),
        hidden: Spans(hidden),
    };
    rows(include_str!("settings.tsv")).map(setting).collect()
});

static DEFAULTS: LazyLock<Vec<DefaultValue>> = LazyLock::new(|| {
    let value = |[path, span, text, computed_from, source]: [&'static str; 5]| DefaultValue {
        path,
        span: Span::parse(span),
        text,
        computed_from: present(computed_from),
        source,
    };
    rows(include_str!("defaults.tsv")).map(value).collect()
});

/// Replacements, and apart from them what did a job before a setting existed.
static REPLACEMENTS: LazyLock<(Vec<SettingReplacement>, Vec<SettingReplacement>)> =
    LazyLock::new(|| {
        let replacement = |[path, relation, instead, since, reading, source]: [&'static str; 6]| {
            let row = SettingReplacement {
                path,
                instead: present(instead),
                is_rename: relation == "renamed",
                since,
                still_read: reading == "read",
                source,
            };
            (relation == "earlier", row)
        };
        let (earlier, later): (Vec<_>, Vec<_>) = rows(include_str!("replacements.tsv"))
            .map(replacement)
            .partition(|(is_earlier, _)| *is_earlier);
        let only_rows = |pairs: Vec<(bool, SettingReplacement)>| {
            pairs.into_iter().map(|(_, row)| row).collect()
        };
        (only_rows(later), only_rows(earlier))
    });

impl Release {
    /// What this release makes of a dotted kebab-case path. A key inside a table with free keys has the status of the
    /// table.
    pub fn setting(&self, path: &str) -> SettingStatus {
        let Some(setting) = find(path).or_else(|| find_map_above(path)) else {
            return if is_section(path) {
                SettingStatus::Section
            } else {
                SettingStatus::Unknown
            };
        };
        if setting.is_published_in(self) {
            SettingStatus::Supported(setting)
        } else if setting.is_hidden_in(self) {
            SettingStatus::Hidden(setting)
        } else if self
            .version()
            .is_before(super::table::parsed(setting.since()))
        {
            SettingStatus::NotYet {
                since: setting.since(),
                instead: earlier(setting.path).and_then(|row| row.instead),
            }
        } else {
            self.gone(setting)
        }
    }

    /// What came in place of a setting, as seen from this release: also for settings that it still reads but calls
    /// deprecated.
    pub fn replacement(&self, path: &str) -> Option<&'static SettingReplacement> {
        let row = REPLACEMENTS.0.iter().find(|row| row.path == path)?;
        self.is_in(Span::from(row.since)).then_some(row)
    }

    /// The path of the table with free keys that a path is in, such as `tracing-headers` of `tracing-headers.x-tenant`.
    pub fn table_of(&self, path: &str) -> Option<&'static str> {
        match self.setting(path) {
            SettingStatus::Supported(setting) | SettingStatus::Hidden(setting) => {
                (setting.path != path).then_some(setting.path)
            }
            _ => None,
        }
    }

    /// Under which key this release knows the setting that the newest release calls `path`; `None` when it has none.
    pub fn spelling(&self, path: &str) -> Option<&'static str> {
        let reads = |path: &str| {
            find(path)
                .filter(|setting| setting.is_read_by(self))
                .map(|setting| setting.path)
        };
        let old_name = |row: &&SettingReplacement| {
            row.is_rename && row.instead == Some(path) && reads(row.path).is_some()
        };
        reads(path).or_else(|| REPLACEMENTS.0.iter().find(old_name).map(|row| row.path))
    }

    /// What a value of the setting at a path must look like; none where this release does not read it.
    pub fn kind(&self, path: &str) -> Option<&'static SettingKind> {
        let is_read = match self.setting(path) {
            SettingStatus::Supported(_) | SettingStatus::Hidden(_) => true,
            SettingStatus::Renamed { still_read, .. } => still_read,
            _ => false,
        };
        let setting = find(path).filter(|_| is_read)?;
        let older = OLDER_KINDS
            .iter()
            .find(|(older, span, _)| *older == path && self.is_in(*span));
        Some(older.map_or(&setting.kind, |(_, _, kind)| kind))
    }

    /// The settings this release reads, published and hidden, in the order of their paths.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> {
        SETTINGS.iter().filter(|setting| setting.is_read_by(self))
    }

    /// The default of a setting, as `--dump-config` prints it (on a machine with two processors): texts without
    /// quotes, lists in brackets. `None` when the setting is unset by default.
    pub fn default(&self, path: &str) -> Option<&'static str> {
        self.default_row(path).map(|row| row.text)
    }

    /// What the default of a setting is computed from: the path of another setting, or `cpus`. `None` when it is fixed.
    pub fn default_computed_from(&self, path: &str) -> Option<&'static str> {
        self.default_row(path).and_then(|row| row.computed_from)
    }

    /// The keys that a table with free keys has by default, each with its value.
    pub fn default_entries(
        &self,
        path: &str,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        DEFAULTS.iter().filter_map(move |row| {
            let key = row.path.strip_prefix(path)?.strip_prefix('.')?;
            self.is_in(row.span).then_some((key, row.text))
        })
    }

    fn default_row(&self, path: &str) -> Option<&'static DefaultValue> {
        let of_path = DEFAULTS.partition_point(|row| row.path < path);
        DEFAULTS[of_path..]
            .iter()
            .take_while(|row| row.path == path)
            .find(|row| self.is_in(row.span))
    }

    fn gone(&self, setting: &'static Setting) -> SettingStatus {
        let row = REPLACEMENTS.0.iter().find(|row| row.path == setting.path);
        match row {
            Some(SettingReplacement {
                instead: Some(to),
                is_rename: true,
                since,
                still_read,
                ..
            }) => SettingStatus::Renamed {
                to,
                since,
                still_read: *still_read,
            },
            Some(row) => SettingStatus::Removed {
                since: row.since,
                instead: row.instead,
            },
            None => SettingStatus::Removed {
                since: setting.until(),
                instead: None,
            },
        }
    }
}

impl Setting {
    fn is_published_in(&self, release: &Release) -> bool {
        self.published.all().any(|span| release.is_in(span))
    }

    fn is_hidden_in(&self, release: &Release) -> bool {
        self.hidden.all().any(|span| release.is_in(span))
    }

    fn is_read_by(&self, release: &Release) -> bool {
        self.is_published_in(release) || self.is_hidden_in(release)
    }

    /// The first version that reads it.
    fn since(&self) -> &'static str {
        let all = self.hidden.all().chain(self.published.all());
        let older = |one: &Span, other: &Span| {
            super::table::parsed(one.since()).is_before(super::table::parsed(other.since()))
        };
        all.reduce(|one, other| if older(&one, &other) { one } else { other })
            .map_or("", Span::since)
    }

    /// The first version that does not read it any more; empty when all newer ones do.
    fn until(&self) -> &'static str {
        let last = [self.published.all().last(), self.hidden.all().last()];
        last.into_iter()
            .flatten()
            .filter_map(Span::until)
            .next_back()
            .unwrap_or_default()
    }
}

fn find(path: &str) -> Option<&'static Setting> {
    SETTINGS
        .binary_search_by(|setting| setting.path.cmp(path))
        .ok()
        .map(|place| &SETTINGS[place])
}

fn find_map_above(path: &str) -> Option<&'static Setting> {
    let above = path.match_indices('.').map(|(dot, _)| &path[..dot]);
    above
        .filter_map(find)
        .find(|setting| setting.kind == SettingKind::Map)
}

fn is_section(path: &str) -> bool {
    SETTINGS.iter().any(|setting| {
        setting
            .path
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

fn earlier(path: &str) -> Option<&'static SettingReplacement> {
    REPLACEMENTS.1.iter().find(|row| row.path == path)
}

fn present(cell: &'static str) -> Option<&'static str> {
    (cell != "-").then_some(cell)
}
