//! What to know before a cluster goes to a version: what that version, and each one on the way to it, does otherwise. Whether
//! a version may follow another is not known here.

use super::releases::Release;
use super::table::parsed;

/// What a version does otherwise than all before it, so that something outside of the cluster may have to change with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Caution {
    /// The first version that does so.
    pub since: &'static str,
    /// A sentence without its capital and its stop.
    pub text: &'static str,
    /// The setting, dotted, that makes it irrelevant for nodes that have it; none where it holds for every cluster.
    pub unless: Option<&'static str>,
    /// Where this is known from.
    pub source: &'static str,
}

/// All of them, oldest first.
pub static CAUTIONS: &[Caution] = &[
    Caution {
        since: "1.6.0",
        text: "1.6 has no local metadata store and does not start where the directory of one exists",
        unless: None,
        source: "release notes v1.6.0",
    },
    Caution {
        since: "1.6.0",
        text: "an invocation that fails is tried 70 times and then paused, no longer 200 times and then failed, unless the settings say how often",
        unless: None,
        source: "release notes v1.6.0",
    },
    Caution {
        since: "1.6.0",
        text: "an invocation that does not answer is given 10 minutes to end, no longer one, unless `worker.invoker.abort-timeout` is set",
        unless: Some("worker.invoker.abort-timeout"),
        source: "release notes v1.6.0; schema 1.5.3, 1.6.2",
    },
    Caution {
        since: "1.6.0",
        text: "snapshots cannot be kept in a local directory any more",
        unless: None,
        source: "release notes v1.6.0",
    },
    Caution {
        since: "1.7.0",
        text: "snapshots written by 1.7 cannot be read by versions before 1.6",
        unless: None,
        source: "release notes v1.7.0",
    },
    Caution {
        since: "1.7.0",
        text: "a request of more than 32 MiB is refused with status 413, unless `ingress.request-size-limit` is set",
        unless: Some("ingress.request-size-limit"),
        source: "release notes v1.7.0; schema 1.7.2",
    },
    Caution {
        since: "1.7.0",
        text: "the memory of invocations is limited for the first time: those that do not fit wait",
        unless: None,
        source: "release notes v1.7.0; schema 1.6.2, 1.7.2",
    },
    Caution {
        since: "1.7.0",
        text: "a bind address that is not set is `::`, which takes IPv4 too only where the host maps it",
        unless: None,
        source: "release notes v1.7.0; schema 1.6.2, 1.7.2",
    },
    Caution {
        since: "1.7.3",
        text: "metrics have other names from 1.7.3 on: `restate_partition_is_effective_leader`, `restate_partition_time_since_last_status_update` and `restate_partition_shuffle_*_count` are gone, and lag and snapshot age have no label `partition`; change dashboards and alerts with it",
        unless: None,
        source: "release notes v1.7.3",
    },
    Caution {
        since: "1.7.3",
        text: "`restatectl partitions reconfigure` is gone from 1.7.3 on; `restatectl partitions placement` does its work",
        unless: None,
        source: "release notes v1.7.3",
    },
    Caution {
        since: "1.7.4",
        text: "the ingress answers with other statuses from 1.7.4 on: 503 instead of 500 when it fails itself, 400 and 404 instead of 501",
        unless: None,
        source: "release notes v1.7.4",
    },
    Caution {
        since: "1.8.0",
        text: "partitions migrate one way: after it there is no way back to 1.7",
        unless: None,
        source: "release notes v1.8.0",
    },
];

/// What to know before a cluster goes from one release to a newer one: the cautions of the versions after the first, up to
/// the second.
pub fn cautions(from: &Release, to: &Release) -> impl Iterator<Item = &'static Caution> {
    let (from, to) = (from.version(), to.version());
    CAUTIONS.iter().filter(move |caution| {
        let since = parsed(caution.since);
        from.is_before(since) && !to.is_before(since)
    })
}
