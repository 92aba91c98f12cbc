//! Faults of the server's security, and the version that ended each.

use super::releases::Release;
use super::table::parsed;

/// A fault that has a name in a public list.
#[derive(Debug, PartialEq, Eq)]
pub struct Advisory {
    /// Its name there, such as `RUSTSEC-2026-0258`.
    pub id: &'static str,
    /// What somebody can do with it, after "lets".
    pub lets: &'static str,
    /// The first version without it.
    pub fixed: &'static str,
    /// Where this is known from.
    pub source: &'static str,
}

/// All of them, the first fixed first.
pub static ADVISORIES: &[Advisory] = &[
    Advisory {
        id: "RUSTSEC-2026-0007",
        lets: "an overflowing size corrupt memory",
        fixed: "1.6.1",
        source: "release notes v1.6.1; restatedev/restate Cargo.lock@v1.6.0 and v1.6.1, bytes 1.11.0 and 1.11.1",
    },
    Advisory {
        id: "RUSTSEC-2026-0009",
        lets: "a crafted date stop the server",
        fixed: "1.6.1",
        source: "release notes v1.6.1; restatedev/restate Cargo.lock@v1.6.0 and v1.6.1, time 0.3.37 and 0.3.47",
    },
    Advisory {
        id: "RUSTSEC-2026-0258",
        lets: "a peer fill the memory or stop the server with empty HTTP/2 frames",
        fixed: "1.7.5",
        source: "release notes v1.7.5; restatedev/restate Cargo.lock@v1.5.3, v1.6.2 and v1.7.4, h2 0.4.10 to 0.4.16",
    },
];

impl Release {
    /// The faults that this release has. Of a patch that is newer than all known ones of its minor it has only those that
    /// the minor did end: one that came later may have ended others.
    pub fn advisories(&self) -> impl Iterator<Item = &'static Advisory> {
        let is_all_known = self.newer_patch().is_some() || self.stands_like().is_none();
        ADVISORIES.iter().filter(move |advisory| {
            let fixed = parsed(advisory.fixed);
            self.version().is_before(fixed) && (is_all_known || self.minor().holds(fixed))
        })
    }
}
