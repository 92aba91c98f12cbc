//! Which server versions there are, which of them are still cared for, and which may follow which. What a version can
//! do is not known here.

use super::table::{Span, parsed};
use super::version::Version;

/// One server version that this tool knows: the starting point for all other facts.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    text: &'static str,
    minor: &'static Minor,
    /// Where it is known from that this version exists.
    pub source: &'static str,
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
    /// What to know before going there. Empty when there is nothing beyond the general rule.
    pub cautions: &'static [Caution],
    /// Where this is known from.
    pub source: &'static str,
}

/// What to know before going to a minor.
#[derive(Debug, PartialEq, Eq)]
pub struct Caution {
    /// A sentence without its capital and its stop.
    pub text: &'static str,
    /// The setting, dotted, that makes it irrelevant for nodes that have it; none where it holds for every cluster.
    pub unless: Option<&'static str>,
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
        /// The newest release known of that minor.
        newest: &'static Release,
    },
    /// To a version that does not open the data.
    TooOld,
}

const fn always(text: &'static str) -> Caution {
    Caution { text, unless: None }
}

const fn unless(setting: &'static str, text: &'static str) -> Caution {
    Caution {
        text,
        unless: Some(setting),
    }
}

static MINORS: &[Minor] = &[
    Minor {
        name: "1.5",
        number: (1, 5),
        support: Support::EndOfLife,
        previous: "1.4",
        upgrade_from: "1.4.0",
        oldest_reader: "1.4.0",
        cautions: &[],
        source: "docs.restate.dev/server/upgrading: one minor at a time; restatedev/restate: no tag of 1.5 after v1.5.6; crates/node/src/cluster_marker.rs@v1.5.3",
    },
    Minor {
        name: "1.6",
        number: (1, 6),
        support: Support::Superseded,
        previous: "1.5",
        upgrade_from: "1.5.0",
        oldest_reader: "1.5.0",
        cautions: &[
            always(
                "1.6 has no local metadata store and does not start where the directory of one exists",
            ),
            always(
                "an invocation that fails is tried 70 times and then paused, no longer 200 times and then failed, unless the settings say how often",
            ),
            unless(
                "worker.invoker.abort-timeout",
                "an invocation that does not answer is given 10 minutes to end, no longer one, unless `worker.invoker.abort-timeout` is set",
            ),
            always("snapshots cannot be kept in a local directory any more"),
        ],
        source: "release notes v1.6.0 and v1.6.1, and the configuration schemas of 1.5.3 and 1.6.2; restatedev/restate: no tag of 1.6 after v1.6.2 of 2026-02-13; crates/node/src/cluster_marker.rs@v1.6.2; run: 1.5.3 starts on data of 1.6.2",
    },
    Minor {
        name: "1.7",
        number: (1, 7),
        support: Support::Current,
        previous: "1.6",
        upgrade_from: "1.6.0",
        oldest_reader: "1.6.0",
        cautions: &[
            always("snapshots written by 1.7 cannot be read by versions before 1.6"),
            unless(
                "ingress.request-size-limit",
                "a request of more than 32 MiB is refused with status 413, unless `ingress.request-size-limit` is set",
            ),
            always(
                "the memory of invocations is limited for the first time: those that do not fit wait",
            ),
            always(
                "a bind address that is not set is `::`, which takes IPv4 too only where the host maps it",
            ),
        ],
        source: "release notes v1.7.0, and the configuration schemas of 1.6.2 and 1.7.2; restatedev/restate crates/types/src/cluster_marker.rs@v1.7.2 to v1.7.6; run: on data of 1.7.12 start 1.7.10 and 1.6.2, and 1.5.3 exits 1, also after 1.6.2 ran; run: three nodes go from 1.7.12 back to 1.6.2 under load and lose no call",
    },
    Minor {
        name: "1.8",
        number: (1, 8),
        support: Support::Current,
        previous: "1.7",
        upgrade_from: "1.7.3",
        oldest_reader: "1.8.0",
        cautions: &[always(
            "partitions migrate one way: after it there is no way back to 1.7",
        )],
        source: "release notes v1.8.0",
    },
];

const BINARY: &str = "run: the published server binary of this version prints it with --version";

static RELEASES: &[Release] = &[
    Release {
        text: "1.5.3",
        minor: &MINORS[0],
        source: BINARY,
    },
    Release {
        text: "1.6.1",
        minor: &MINORS[1],
        source: BINARY,
    },
    Release {
        text: "1.6.2",
        minor: &MINORS[1],
        source: BINARY,
    },
    Release {
        text: "1.7.2",
        minor: &MINORS[2],
        source: BINARY,
    },
    Release {
        text: "1.7.4",
        minor: &MINORS[2],
        source: BINARY,
    },
    Release {
        text: "1.7.6",
        minor: &MINORS[2],
        source: BINARY,
    },
    Release {
        text: "1.7.8",
        minor: &MINORS[2],
        source: BINARY,
    },
    Release {
        text: "1.7.9",
        minor: &MINORS[2],
        source: BINARY,
    },
    Release {
        text: "1.7.10",
        minor: &MINORS[2],
        source: BINARY,
    },
    Release {
        text: "1.7.12",
        minor: &MINORS[2],
        source: BINARY,
    },
];

/// Every server version this tool knows, oldest first.
pub fn releases() -> &'static [Release] {
    RELEASES
}

/// The release of that version, such as `1.7.12`. `None` when this tool has no facts for it.
pub fn release(version: &str) -> Option<&'static Release> {
    RELEASES.iter().find(|release| release.text == version)
}

/// The newest release this tool knows: what a cluster file without `version` gets.
pub fn latest() -> &'static Release {
    &RELEASES[RELEASES.len() - 1]
}

impl Release {
    /// The version as written, such as `1.7.12`.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// The version as a value.
    pub fn version(&self) -> Version {
        parsed(self.text)
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

    /// Whether a version of this release's minor lies in the span of another table.
    pub(in crate::facts) fn is_in(&self, span: Span) -> bool {
        span.holds_in(self.version())
    }
}

/// What going from one release to another means: one minor at a time, forward from a recent enough patch, and back to
/// what opens the data (docs.restate.dev/server/upgrading).
pub fn upgrade(from: &'static Release, to: &'static Release) -> Upgrade {
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
    let older = to.version().is_before(from.version());
    match end.abs_diff(start) {
        0 if older => Upgrade::OlderPatch,
        0 => Upgrade::Allowed,
        _ if older && to.version().is_before(parsed(from.minor.oldest_reader)) => Upgrade::TooOld,
        _ if older => Upgrade::Rollback {
            newest: newest_of(to.minor).unwrap_or(to),
        },
        1 if from.version().is_before(parsed(to.minor.upgrade_from)) => Upgrade::AfterPatch {
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
/// there is no next one or it may not be reached yet. None for the newest release.
pub fn next(from: &'static Release) -> Option<&'static Release> {
    let stops = [from.next_minor(), Some(from.minor)];
    let mut known = stops.into_iter().flatten().filter_map(newest_of);
    known.find(|to| upgrade(from, to) == Upgrade::Allowed)
}

fn newest_of(minor: &Minor) -> Option<&'static Release> {
    let of_minor = |release: &&Release| {
        release
            .version()
            .is_of_minor(minor.number.0, minor.number.1)
    };
    RELEASES.iter().rfind(of_minor)
}
