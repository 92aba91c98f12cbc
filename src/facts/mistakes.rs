//! Keys and variables that people write although no server reads them, with what to write instead. Which of them stand
//! in a file is not known here.

/// A key or variable that looks right and is silently ignored by the server.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// A dotted path, or the name of a variable. One that ends in `.` or `__` stands for all that begin with it.
    pub written: &'static str,
    /// What to write instead, as the end of a sentence that begins with "write".
    pub instead: &'static str,
    /// Why people write it, or where it was seen to be ignored.
    pub source: &'static str,
}

/// Known misplaced keys and variables, sorted by what is written.
pub static MISTAKES: &[Mistake] = &[
    Mistake {
        written: "RESTATE_CLUSTER__",
        instead: "the setting at the root, such as RESTATE_CLUSTER_NAME",
        source: "run: 1.7.12 ignores unknown variables",
    },
    Mistake {
        written: "RESTATE_LOG_LEVEL",
        instead: "RESTATE_LOG_FILTER, such as warn,restate=info",
        source: "run: 1.7.12 ignores unknown variables; no schema has log-level",
    },
    Mistake {
        written: "RESTATE_METADATA_STORE_CLIENT__",
        instead: "RESTATE_METADATA_CLIENT__",
        source: "schema 1.5.3: the table is metadata-client",
    },
    Mistake {
        written: "RESTATE_NODE_ID",
        instead: "RESTATE_FORCE_NODE_ID",
        source: "schema 1.5.3: the key is force-node-id",
    },
    Mistake {
        written: "RESTATE_OBSERVABILITY__",
        instead: "the tracing and log settings at the root, such as RESTATE_TRACING_ENDPOINT and RESTATE_LOG_FORMAT",
        source: "run: 1.7.12 ignores unknown variables; no schema has observability",
    },
    Mistake {
        written: "RESTATE_REPLICATION",
        instead: "RESTATE_DEFAULT_REPLICATION",
        source: "schema 1.5.3: the key is default-replication",
    },
    Mistake {
        written: "admin.disable-cluster-controller",
        instead: "roles without admin for that node: only the server's own tests read this key",
        source: "run: 1.5.3 to 1.7.12 take any value of it; restatedev/restate crates/types/src/config/admin.rs@v1.7.6",
    },
    Mistake {
        written: "common.",
        instead: "the same key at the root, without common",
        source: "release notes v1.6.0 print [common]; run: 1.7.12 ignores it",
    },
    Mistake {
        written: "invocation.",
        instead: "the same key at the root, such as default-retry-policy.max-attempts",
        source: "release notes v1.6.0 print [invocation.default-retry-policy]; run: 1.7.12 ignores it",
    },
    Mistake {
        written: "log-level",
        instead: "log-filter, such as warn,restate=info",
        source: "no schema has log-level",
    },
    Mistake {
        written: "log.",
        instead: "log-filter, log-format and log-disable-ansi-codes at the root",
        source: "no schema has a table log",
    },
    Mistake {
        written: "metadata-client.object-store.",
        instead: "metadata-client.type = \"object-store\" with path and the aws- keys next to it in metadata-client",
        source: "schema 1.7.2; the table is shown in an example of restatedev/restate-operator",
    },
    Mistake {
        written: "metadata-store-client.",
        instead: "metadata-client",
        source: "schema 1.5.3: the table is metadata-client",
    },
    Mistake {
        written: "networking.advertised-address",
        instead: "advertised-address at the root",
        source: "schema 1.7.2: advertised-address is at the root",
    },
    Mistake {
        written: "networking.max-message-size",
        instead: "networking.message-size-limit (from 1.6.0 on)",
        source: "run: every release ignores it",
    },
    Mistake {
        written: "networking.tls.",
        instead: "tls at the root (from 1.7.3 on)",
        source: "run: 1.7.12 ignores networking.tls and reads tls",
    },
    Mistake {
        written: "node-id",
        instead: "force-node-id",
        source: "schema 1.5.3: the key is force-node-id",
    },
    Mistake {
        written: "observability.",
        instead: "the tracing and log settings at the root, such as tracing-endpoint and log-format",
        source: "no schema has a table observability",
    },
    Mistake {
        written: "replication",
        instead: "default-replication",
        source: "schema 1.5.3: the key is default-replication",
    },
    Mistake {
        written: "rocksdb.",
        instead: "the rocksdb- keys at the root, such as rocksdb-total-memory-size",
        source: "no schema has a table rocksdb",
    },
    Mistake {
        written: "snapshots.",
        instead: "worker.snapshots",
        source: "schema 1.5.3: the table is worker.snapshots",
    },
    Mistake {
        written: "worker.snapshots.enable-cleanup",
        instead: "snapshots.retained with more than you need: only the server's own tests read this key, and old snapshots are deleted",
        source: "run: 1.6.2 and 1.7.12 take any value of it; restatedev/restate crates/types/src/config/worker.rs@v1.7.6",
    },
    Mistake {
        written: "worker.snapshots.s3.",
        instead: "the aws- keys in worker.snapshots, such as worker.snapshots.aws-endpoint-url",
        source: "schema 1.7.2; the table is shown in an example of restatedev/restate-operator",
    },
];

impl Mistake {
    /// The mistake that a dotted path or the name of a variable is, if it is a known one.
    pub fn of(written: &str) -> Option<&'static Self> {
        MISTAKES.iter().find(|mistake| {
            let is_prefix = mistake.written.ends_with(['.', '_']);
            mistake.written == written
                || is_prefix
                    && (written.starts_with(mistake.written)
                        || written == mistake.written.trim_end_matches(['.', '_']))
        })
    }
}

/// The path with hyphens for underscores. The server reads no key of a file that has an underscore; its published
/// schema of 1.5.3 spells the keys of retry policies with underscores, and the server of 1.5.3 ignores those.
pub fn kebab_case(path: &str) -> String {
    path.replace('_', "-")
}
