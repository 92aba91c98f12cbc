//! Which server versions there are, which of them are still cared for, and which may follow which. What a version can
//! do is not known here.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::table::{Span, parsed, rows};
use super::version::Version;

/// One server version: the starting point for all other facts.
///
/// Known are those with a row in `releases.tsv`. Of a patch without one, as of any other version of a known minor, holds
/// what the rows say of the versions around it: see [`Release::stands_like`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    text: Cow<'static, str>,
    version: Version,
    /// The version that is looked up in spans.
    in_rows: Version,
    minor: &'static Minor,
}

/// One minor line of the server, such as 1.7.
#[derive(Debug, PartialEq, Eq)]
pub struct Minor {
    /// Such as `1.7`.
    pub name: &'static str,
    number: (u16, u16),
    /// Whether the vendor still repairs it.
    pub support: Support,
    /// The minor before it, from which alone an upgrade may come.
    pub previous: &'static str,
    /// The oldest version of the previous minor from which an upgrade may come.
    pub upgrade_from: &'static str,
    /// The oldest version that opens what this minor wrote. The server notes it in its data, and an older one exits at its
    /// start with "forward incompatible with data directory".
    pub oldest_reader: &'static str,
    /// Where this is known from.
    pub source: &'static str,
}

/// Whether a minor line still gets repairs.
///
/// Restate publishes no support calendar. What can be seen: repairs go to the newest minor only, and upgrade and
/// rollback are promised for one minor step only, so everything older than the predecessor is out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// The newest minor: gets repairs.
    Current,
    /// The one before it: no repairs were seen since its successor came, but one can still move on in one step.
    Superseded,
    /// Older: no repairs, and more than one upgrade away from the newest.
    EndOfLife,
}

/// What going from one release to another means.
#[derive(Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// The same version.
    Same,
    /// Within a minor, or to the next one from a version that may.
    Allowed,
    /// To the next minor, but only after every node runs at least `first` (the version text).
    AfterPatch {
        /// The oldest version of the present minor from which the next one may be reached.
        first: &'static str,
    },
    /// Minors lie between, each of which must be run on the way; the newest release known of each, oldest first.
    Skips {
        /// The stops on the way, without start and end.
        through: Vec<&'static Release>,
    },
    /// To an older version of the same minor, of which Restate says nothing.
    OlderPatch,
    /// To an older minor that opens the data, which Restate supports for the newest patch of the minor before, unless a
    /// feature of the newer one was used.
    Rollback {
        /// The newest release known of that minor, where it is a newer one.
        newer: Option<&'static Release>,
    },
    /// To a version that does not open the data.
    TooOld,
}

static MINORS: &[Minor] = &[
    Minor {
        name: "1.5",
        number: (1, 5),
        support: Support::EndOfLife,
        previous: "1.4",
        upgrade_from: "1.4.0",
        oldest_reader: "1.4.0",
        source: "docs.restate.dev/server/upgrading: one minor at a time; restatedev/restate: no tag of 1.5 after v1.5.6; crates/node/src/cluster_marker.rs@v1.5.3",
    },
    Minor {
        name: "1.6",
        number: (1, 6),
        support: Support::Superseded,
        previous: "1.5",
        upgrade_from: "1.5.0",
        oldest_reader: "1.5.0",
        source: "release notes v1.6.0 and v1.6.1, and the configuration schemas of 1.5.3 and 1.6.2; restatedev/restate: no tag of 1.6 after v1.6.2 of 2026-02-13; crates/node/src/cluster_marker.rs@v1.6.2; run: 1.5.3 starts on data of 1.6.2",
    },
    Minor {
        name: "1.7",
        number: (1, 7),
        support: Support::Current,
        previous: "1.6",
        upgrade_from: "1.6.0",
        oldest_reader: "1.6.0",
        source: "release notes v1.7.0, and the configuration schemas of 1.6.2 and 1.7.2; restatedev/restate crates/types/src/cluster_marker.rs@v1.7.2 to v1.7.6; run: on data of 1.7.12 start 1.7.10 and 1.6.2, and 1.5.3 exits 1, also after 1.6.2 ran; run: three nodes go from 1.7.12 back to 1.6.2 under load and lose no call",
    },
    Minor {
        name: "1.8",
        number: (1, 8),
        support: Support::Current,
        previous: "1.7",
        upgrade_from: "1.7.3",
        oldest_reader: "1.8.0",
        source: "release notes v1.8.0",
    },
];

/// The rows in the order of the versions, oldest first.
static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| {
    let known = |[text, _source]: [&'static str; 2]| {
        let version = parsed(text);
        let minor = minor_of(version).unwrap_or_else(|| panic!("{text} is of no minor"));
        Release {
            text: text.into(),
            version,
            in_rows: version,
            minor,
        }
    };
    rows(include_str!("releases.tsv")).map(known).collect()
});

/// Every server version that this tool has a row for, oldest first.
pub fn releases() -> &'static [Release] {
    &RELEASES
}

/// The release of that version: `1.7.12`, or `1.7.12-20260210`, a build of an image of it. `None` where the text is
/// neither, or this tool knows no version of its minor.
pub fn release(text: &str) -> Option<Release> {
    let version = version_of(text)?;
    let oldest = RELEASES.iter().find(|known| known.minor.holds(version))?;
    let is_older = version.is_before(oldest.version);
    Some(Release {
        text: text.to_owned().into(),
        version,
        in_rows: if is_older { oldest.version } else { version },
        minor: oldest.minor,
    })
}

/// What a text says instead, for which there is not a [`release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRelease {
    /// A version of a minor that came after all that this tool knows.
    NewerMinor,
    /// A version of a minor that this tool does not know, or not any more.
    OtherMinor,
    /// A minor without a patch, such as `1.7` or `1.7.x`, of which this is the newest known one.
    Minor(&'static Release),
    /// No version at all.
    NoVersion,
}

/// What the text is that [`release`] finds nothing for.
pub fn no_release(text: &str) -> NoRelease {
    let is_minor = |newest: &&Release| {
        let rest = text.strip_prefix(newest.minor.name);
        rest.is_some_and(|rest| ["", ".", ".x", ".*"].contains(&rest))
    };
    match version_of(text) {
        Some(version) if latest().version.is_before(version) => NoRelease::NewerMinor,
        Some(_) => NoRelease::OtherMinor,
        None => newest_patches()
            .find(is_minor)
            .map_or(NoRelease::NoVersion, NoRelease::Minor),
    }
}

/// The newest release that this tool has a row for: what a cluster file without `version` gets.
pub fn latest() -> &'static Release {
    &RELEASES[RELEASES.len() - 1]
}

/// The newest patch of each minor that this tool has a row for, oldest first.
pub fn newest_patches() -> impl Iterator<Item = &'static Release> {
    MINORS.iter().filter_map(newest_of)
}

impl Release {
    /// The version as written, such as `1.7.12`; the tag of the server's image.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The version as a value.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The minor line it belongs to, such as 1.7.
    pub fn minor(&self) -> &'static Minor {
        self.minor
    }

    /// Whether its minor line gets no more repairs. See [`Support`] for what that rests on.
    pub fn is_end_of_life(&self) -> bool {
        self.minor.support == Support::EndOfLife
    }

    /// The minor line after this one, if this tool knows of it, with what an upgrade to it asks for.
    pub fn next_minor(&self) -> Option<&'static Minor> {
        MINORS
            .iter()
            .find(|minor| minor.previous == self.minor.name)
    }

    /// For a patch without a row: the nearest one that has a row, older where there is an older one of its minor.
    ///
    /// What is measured of that one is taken for this one too. What changed between them is taken as it is for this one,
    /// because spans of versions may begin with a patch that only its release notes are known of.
    pub fn stands_like(&self) -> Option<&'static Release> {
        let of_minor = || RELEASES.iter().filter(|known| known.minor == self.minor);
        let is_older = |known: &&Release| !self.version.is_before(known.version);
        let nearest = of_minor().rfind(is_older).or_else(|| of_minor().next());
        nearest.filter(|known| known.version != self.version)
    }

    /// The newest patch of its minor that this tool has a row for, where that is newer than this one.
    pub fn newer_patch(&self) -> Option<&'static Release> {
        newest_of(self.minor).filter(|newest| self.version.is_before(newest.version))
    }

    /// Whether a version of this release's minor lies in the span of another table.
    pub(in crate::facts) fn is_in(&self, span: Span) -> bool {
        span.holds_in(self.in_rows)
    }
}

impl Minor {
    pub(in crate::facts) fn holds(&self, version: Version) -> bool {
        version.is_of_minor(self.number.0, self.number.1)
    }
}

fn minor_of(version: Version) -> Option<&'static Minor> {
    MINORS.iter().find(|minor| minor.holds(version))
}

/// The version in the tag of an image: all of it, or what stands before the day of its build.
fn version_of(tag: &str) -> Option<Version> {
    let version = match tag.split_once('-') {
        Some((version, built)) if is_date(built) => version,
        _ => tag,
    };
    version.parse().ok()
}

/// Whether it is the day of an image's build, such as `20260210` (release notes v1.6.1).
fn is_date(text: &str) -> bool {
    let number = |part: &str| {
        part.parse()
            .ok()
            .filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let part = |range| text.get(range).and_then(number);
    text.len() == 8
        && part(0..4).is_some_and(|year: u16| year >= 2000)
        && part(4..6).is_some_and(|month| (1..=12).contains(&month))
        && part(6..8).is_some_and(|day| (1..=31).contains(&day))
}

/// What going from one release to another means: one minor at a time, forward from a recent enough patch, and back to
/// what opens the data (docs.restate.dev/server/upgrading).
pub fn upgrade(from: &Release, to: &Release) -> Upgrade {
    if from == to {
        return Upgrade::Same;
    }
    let place = |release: &Release| {
        MINORS
            .iter()
            .position(|minor| minor == release.minor)
            .unwrap_or_default()
    };
    let (start, end) = (place(from), place(to));
    let older = to.version.is_before(from.version);
    match end.abs_diff(start) {
        0 if older => Upgrade::OlderPatch,
        0 => Upgrade::Allowed,
        _ if older && to.version.is_before(parsed(from.minor.oldest_reader)) => Upgrade::TooOld,
        _ if older => Upgrade::Rollback {
            newer: to.newer_patch(),
        },
        1 if from.version.is_before(parsed(to.minor.upgrade_from)) => Upgrade::AfterPatch {
            first: to.minor.upgrade_from,
        },
        1 => Upgrade::Allowed,
        _ => Upgrade::Skips {
            through: MINORS[start + 1..end]
                .iter()
                .filter_map(newest_of)
                .collect(),
        },
    }
}

/// The next stop on the way to the newest release: the newest known patch of the next minor, or of the same one where
/// there is no next one or it may not be reached yet. None for the newest release, and a newer one.
pub fn next(from: &Release) -> Option<&'static Release> {
    let stops = [from.next_minor(), Some(from.minor)];
    let mut known = stops.into_iter().flatten().filter_map(newest_of);
    known.find(|to| from.version != to.version && upgrade(from, to) == Upgrade::Allowed)
}

fn newest_of(minor: &Minor) -> Option<&'static Release> {
    RELEASES
        .iter()
        .rfind(|release| minor.holds(release.version))
}
