//! What the server does with a setting, where neither its key nor its default shows it. `restate-gen explain` says it of the
//! setting.

use super::releases::Release;
use super::table::Span;

/// Something a server was seen to do, or that its source says it does.
#[derive(Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// A short name for it.
    pub name: &'static str,
    /// The settings that it is about, by path; of a table, its path.
    pub settings: &'static [&'static str],
    /// One sentence without a full stop at its end.
    pub statement: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

const fn always(
    name: &'static str,
    settings: &'static [&'static str],
    statement: &'static str,
    source: &'static str,
) -> Behaviour {
    Behaviour {
        name,
        settings,
        statement,
        span: Span::from("1.5.3"),
        source,
    }
}

const fn since(
    version: &'static str,
    name: &'static str,
    settings: &'static [&'static str],
    statement: &'static str,
    source: &'static str,
) -> Behaviour {
    Behaviour {
        name,
        settings,
        statement,
        span: Span::from(version),
        source,
    }
}

static BEHAVIOURS: &[Behaviour] = &[
    always(
        "advertised-admin-address",
        &[
            "admin.advertised-address",
            "admin.advertised-admin-endpoint",
        ],
        "the advertised address of the admin API is only shown, in the log and from 1.6.0 on at :5122/health; no node and no tool connects to it",
        "restatedev/restate crates/admin/src/service.rs and crates/core/src/identification.rs@v1.7.6",
    ),
    always(
        "advertised-fabric-address",
        &["advertised-address"],
        "peers, and restatectl from wherever it runs, connect to the advertised address of the fabric, so it must be the address inside the network",
        "restatedev/restate crates/metadata-server/src/lib.rs@v1.7.6; issue 2686",
    ),
    always(
        "advertised-ingress-address",
        &[
            "ingress.advertised-address",
            "ingress.advertised-ingress-endpoint",
        ],
        "the advertised address of the ingress is given to browsers and people (web UI, OpenAPI documents, restate whoami) by GET :9070/version; no node connects to it",
        "schema 1.6.2; restatedev/restate crates/admin/src/rest_api/version.rs and services.rs@v1.7.6; run: 1.5.3, 1.6.2 and 1.7.12 return it unchanged as ingress_endpoint",
    ),
    Behaviour {
        name: "bind-default",
        settings: &["bind-ip", "bind-address"],
        statement: "the server listens on 0.0.0.0",
        span: Span::between("1.5.3", "1.7.0"),
        source: "dump 1.5.3; restatedev/restate crates/types/src/net/address.rs@v1.6.0 and v1.6.2",
    },
    since(
        "1.7.0",
        "bind-default",
        &["bind-ip", "bind-address"],
        "the server listens on ::, which takes IPv4 as well, and does not start where the kernel has no IPv6",
        "restatedev/restate crates/types/src/net/address.rs@v1.7.0; issue 4533",
    ),
    since(
        "1.7.0",
        "fabric-memory-raised",
        &[
            "networking.fabric-memory-limit",
            "networking.message-size-limit",
        ],
        "networking.fabric-memory-limit below networking.message-size-limit is silently raised to it",
        "schema 1.7.2; restatedev/restate crates/types/src/config/networking.rs@v1.7.6",
    ),
    always(
        "http-proxy",
        &["http-proxy", "worker.invoker.http-proxy"],
        "the variable HTTP_PROXY, in either case of letters, sets it, and is the proxy of an object store that speaks plain HTTP too, as ALL_PROXY is; nodes reach each other without one",
        "run: 1.5.3, 1.6.2 and 1.7.12 with both variables at a closed port",
    ),
    since(
        "1.7.0",
        "invoker-memory-below-one-message",
        &["worker.invoker.memory-limit"],
        "an invocation that needs more than worker.invoker.memory-limit is retried and then paused or killed, with an error that names the setting",
        "run: 1.7.12 with 1 MiB and an invocation of 3 MiB",
    ),
    since(
        "1.7.0",
        "invoker-memory-below-one-start",
        &[
            "worker.invoker.memory-limit",
            "worker.invoker.per-invocation-initial-memory",
        ],
        "with worker.invoker.memory-limit below worker.invoker.per-invocation-initial-memory no invocation ever starts, and nothing is logged",
        "run: 1.7.12 with 16 KiB: every invocation stays ready",
    ),
    since(
        "1.7.0",
        "loglet-retry-policy-needs-type",
        &[
            "bifrost.replicated-loglet.sequencer-retry-policy",
            "bifrost.replicated-loglet.log-server-retry-policy",
        ],
        "a table bifrost.replicated-loglet.sequencer-retry-policy or log-server-retry-policy is ignored when it is complete, and stops the server at start when it has no type",
        "run: 1.7.2 and 1.7.12, --dump-config exits 1 with: missing field `type`",
    ),
    Behaviour {
        name: "no-proxy-of-hosts",
        settings: &["no-proxy"],
        statement: "an entry of the variable NO_PROXY that is not a host, such as 10.0.0.0/8, stops the server at start with RT0002, and so does an empty value",
        span: Span::between("1.5.3", "1.6.0"),
        source: "run: 1.5.3; 1.6.2 and 1.7.12 take both",
    },
    since(
        "1.7.0",
        "partition-requests-below-one-message",
        &["worker.data-service-memory-limit"],
        "a request larger than worker.data-service-memory-limit is never answered, and blocks every later request to the node, and nothing is logged",
        "run: 1.7.12 with 1 MiB and a request of 3 MiB; restatedev/restate crates/core/src/network/message_router/sharded.rs@v1.7.6",
    ),
    since(
        "1.7.0",
        "per-invocation-memory-below-one-message",
        &["worker.invoker.per-invocation-memory-limit"],
        "an invocation that needs more than worker.invoker.per-invocation-memory-limit is paused or killed at once: retrying cannot help",
        "restatedev/restate crates/invoker-impl/src/lib.rs@v1.7.6; run: 1.7.12 with 1 MiB and an invocation of 3 MiB is paused",
    ),
    since(
        "1.7.0",
        "rocksdb-memory-raised",
        &["rocksdb-total-memory-size"],
        "rocksdb-total-memory-size below 256 MiB counts as 256 MiB, although --dump-config shows what was written",
        "schema 1.7.2; run: 1.7.12 with 100 MiB divides 256 MiB among its databases",
    ),
    since(
        "1.6.0",
        "rocksdb-memory-warning",
        &["rocksdb-total-memory-size"],
        "the server logs an ERROR at start when rocksdb-total-memory-size is more than 90 % of the process's memory limit, and advises 50 %; between 50 and 90 % it is silent",
        "restatedev/restate crates/rocksdb/src/db_manager.rs@v1.6.0 and v1.7.6; run: 1.6.2 and 1.7.12 at 92 %, 1.7.12 not at 89 %",
    ),
    since(
        "1.7.3",
        "self-proposal-overdraft",
        &["worker.self-proposal-queue-memory-limit"],
        "a record larger than worker.self-proposal-queue-memory-limit passes whenever the queue is not full: a small limit costs batching, not correctness",
        "restatedev/restate crates/bifrost/src/background_appender.rs@v1.7.3; run: 1.7.12 with 64 KiB and records of 30 MiB",
    ),
    since(
        "1.6.0",
        "size-limits-clamped",
        &["networking.message-size-limit"],
        "a message, record or request size limit above networking.message-size-limit is silently lowered to it",
        "run: 1.6.1 to 1.7.12, --dump-config with limits of 77 MiB shows 32 MiB",
    ),
    Behaviour {
        name: "snapshot-triggers",
        settings: &[
            "worker.snapshots.snapshot-interval",
            "worker.snapshots.snapshot-interval-num-records",
        ],
        statement: "snapshots are taken by worker.snapshots.snapshot-interval-num-records only",
        span: Span::between("1.5.3", "1.6.0"),
        source: "restatedev/restate crates/worker/src/partition_processor_manager.rs@v1.5.3",
    },
    since(
        "1.6.0",
        "snapshot-triggers",
        &[
            "worker.snapshots.snapshot-interval",
            "worker.snapshots.snapshot-interval-num-records",
        ],
        "when worker.snapshots.snapshot-interval and snapshot-interval-num-records are both set, both must be reached; when neither is, no snapshot is taken",
        "restatedev/restate crates/worker/src/partition_processor_manager.rs@v1.6.0, v1.6.2, v1.7.0 and v1.7.6",
    ),
    since(
        "1.7.3",
        "tls-certificates-reloaded",
        &[
            "tls.refresh-interval",
            "tls.cert-file",
            "tls.key-file",
            "tls.ca-files",
        ],
        "the files are read again after each tls.refresh-interval, without a restart; a faulty one is logged and the last good one stays, an expired one is taken and peers reject it",
        "run: 1.7.12 with 5s, openssl s_client shows the new certificate; a broken file logs: Failed to reload fabric TLS server certificates",
    ),
    since(
        "1.7.3",
        "tls-client-certificates",
        &["tls.require-client-auth", "tls.allowed-subject-names"],
        "tls.require-client-auth needs tls.allowed-subject-names, of which [\"*\"] lets in every certificate of the authority; restatectl and scrapers then need one too",
        "run: 1.7.12 exits without the names; with them restatectl without RESTATECTL_TLS_CERT fails",
    ),
    since(
        "1.7.3",
        "tls-fabric-only",
        &["tls"],
        "TLS is for the fabric port, with its metrics and its /health; the ingress and the admin API stay without it",
        "run: 1.7.12 with mode require, https answers on 5122 only; restatedev/restate crates/core/src/network/net_util.rs@v1.7.6",
    ),
    since(
        "1.7.3",
        "tls-needs-files",
        &["tls"],
        "a table tls without cert-file, key-file and ca-files stops the server at start, also with mode off",
        "run: 1.7.12, --dump-config exits 1 with: missing field `cert-file`",
    ),
    since(
        "1.7.3",
        "tls-of-restatectl",
        &["tls"],
        "restatectl reads the authority from RESTATECTL_TLS_CA or --tls-ca; --insecure-skip-tls-verify does not help it with https:// addresses",
        "run: restatectl 1.7.12 without it says: Connecting to HTTPS without TLS enabled",
    ),
    since(
        "1.7.3",
        "tls-one-step-at-a-time",
        &["tls.mode"],
        "a running cluster goes from no TLS to allow, prefer and require, one step at a time: a node without certificates connects to no https:// address, and one with require accepts and makes no connection without TLS",
        "run: 1.7.12, three nodes restarted one by one with each mode, all partitions stay active; one node with require next to allow or none, no partition has a leader; restatedev/restate crates/types/src/config/common.rs@v1.7.6",
    ),
];

impl Behaviour {
    /// Whether it is about the setting at the path, or the table that it is in.
    pub fn is_about(&self, path: &str) -> bool {
        self.settings.iter().any(|setting| {
            path.strip_prefix(setting)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

impl Release {
    /// All that is known of this release, sorted by name.
    pub fn behaviours(&self) -> impl Iterator<Item = &'static Behaviour> {
        BEHAVIOURS
            .iter()
            .filter(|behaviour| self.is_in(behaviour.span))
    }
}
