//! Settings that the server judges together: what one needs next to it, and which of them have an effect. Whether a file
//! gives them is not known here.

use super::releases::Release;
use super::setting_kind::SettingKind;
use super::settings::SettingStatus;
use super::table::Span;

/// A setting that needs others next to it: without them every node that has it exits at start.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// The setting, or those of a table.
    pub given: &'static [&'static str],
    /// What it needs.
    pub needs: &'static [&'static str],
    /// How the first of these may look.
    pub example: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

const RUN: &str = "run: --dump-config exits 1 with: missing field";

static NEEDS: [Need; 3] = [
    Need {
        given: &["admin.query-engine.rate-limiting.capacity"],
        needs: &["admin.query-engine.rate-limiting.rate"],
        example: "100/s",
        span: Span::from("1.7.0"),
        source: RUN,
    },
    Need {
        given: &["worker.invoker.action-throttling.capacity"],
        needs: &["worker.invoker.action-throttling.rate"],
        example: "100/s",
        span: Span::from("1.5.3"),
        source: RUN,
    },
    Need {
        given: &["worker.invoker.invocation-throttling.capacity"],
        needs: &["worker.invoker.invocation-throttling.rate"],
        example: "100/s",
        span: Span::from("1.5.3"),
        source: RUN,
    },
];

/// A number that must be above another, or every metadata server exits at start: the first of these.
///
/// Source: run: 1.7.12 ends with 5 and 5, and with an election of 1 next to the default heartbeat of 2.
pub const ABOVE: [&str; 2] = [
    "metadata-server.raft-election-tick",
    "metadata-server.raft-heartbeat-tick",
];

/// The kinds of retry policy, and the keys that each reads. The server takes any other key, and does nothing with it.
///
/// Source: restatedev/restate crates/types/src/retries.rs@v1.7.6; run: 1.5.3, 1.6.2 and 1.7.12, --dump-config.
pub const POLICIES: [(&str, &[&str]); 3] = [
    ("none", &[]),
    ("fixed-delay", &["interval", "max-attempts"]),
    (
        "exponential",
        &["initial-interval", "factor", "max-interval", "max-attempts"],
    ),
];

/// What a policy without `type` is, because every default is one.
pub const DEFAULT_POLICY: &str = "exponential";

impl Release {
    /// The settings that need others next to them in this release.
    pub fn needs(&self) -> impl Iterator<Item = &'static Need> {
        NEEDS.iter().filter(|need| self.is_in(need.span))
    }

    /// The tables of retry policies that this release reads: the paths of those whose `type` decides what they read.
    pub fn retry_policies(&self) -> impl Iterator<Item = &'static str> {
        self.settings()
            .filter(|setting| match &setting.kind {
                SettingKind::Choice(words) => words.contains(&"fixed-delay"),
                _ => false,
            })
            .filter_map(|setting| setting.path.strip_suffix(".type"))
    }

    /// Whether the release has the setting in its schema and does nothing with it.
    pub fn takes_without_effect(&self, path: &str) -> bool {
        let is_read = matches!(
            self.setting(path),
            SettingStatus::Supported(_) | SettingStatus::Hidden(_)
        );
        is_read && self.replacement(path).is_some_and(|row| !row.still_read)
    }
}
