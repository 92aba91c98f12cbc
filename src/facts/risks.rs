//! Settings that the server takes and that change what a cluster survives, and those that cannot be taken back. Whether
//! a file sets them is not known here.

use serde_json::Value;

use super::releases::Release;
use super::table::Span;

/// A value of a setting with which a cluster keeps less than its guide says.
#[derive(Debug, PartialEq, Eq)]
pub struct Risk {
    /// The setting.
    pub setting: &'static str,
    /// The value, as text.
    pub value: &'static str,
    /// What it does, as the end of a sentence that begins with the setting and its value.
    pub statement: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

static RISKS: [Risk; 6] = [
    Risk {
        setting: "log-server.in-memory",
        value: "true",
        statement: "keeps the log in memory alone, so a node that restarts has lost all its copies of it",
        span: Span::from("1.7.0"),
        source: "restatedev/restate crates/types/src/config/log_server.rs@v1.7.6",
    },
    Risk {
        setting: "log-server.read-only",
        value: "true",
        statement: "lets no new records in, so a cluster without other log servers stands still",
        span: Span::from("1.7.0"),
        source: "run: 1.7.12, a single node is never healthy; restatedev/restate crates/types/src/config/log_server.rs@v1.7.6",
    },
    Risk {
        setting: "log-server.rocksdb-disable-wal",
        value: "true",
        statement: "confirms records before they are on a disk, so a killed node loses them",
        span: Span::from("1.5.3"),
        source: "restatedev/restate crates/log-server/src/rocksdb_logstore/writer.rs@v1.7.6",
    },
    Risk {
        setting: "log-server.rocksdb-disable-wal-fsync",
        value: "true",
        statement: "confirms records before they are on a disk, so a host without power loses them",
        span: Span::from("1.5.3"),
        source: "schema 1.5.3, 1.6.2, 1.7.2",
    },
    Risk {
        setting: "rocksdb-disable-wal",
        value: "true",
        statement: "holds for the log servers too, so a killed node loses records that it confirmed",
        span: Span::between("1.5.3", "1.7.0"),
        source: "dump 1.5.3 to 1.6.2: log-server.rocksdb-disable-wal has its value",
    },
    Risk {
        setting: "worker.durability-mode",
        value: "none",
        statement: "switches trimming off, so the log grows until the disks are full",
        span: Span::from("1.5.3"),
        source: "schema 1.6.2, 1.7.2",
    },
];

/// A switch that cannot be taken back on a cluster that holds data.
#[derive(Debug, PartialEq, Eq)]
pub struct OneWay {
    /// The setting; `true` is the way in.
    pub setting: &'static str,
    /// What makes it one-way, as the end of a sentence.
    pub statement: &'static str,
    /// Whether a cluster that holds data can switch it on at all.
    pub is_open: bool,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

static ONE_WAYS: [OneWay; 4] = [
    OneWay {
        setting: "experimental-enable-migrate-scoped-tables",
        statement: "the state of all partitions is rewritten, and no earlier release can read it",
        is_open: true,
        span: Span::from("1.7.0"),
        source: "restatedev/restate crates/types/src/config/common.rs@v1.7.6",
    },
    OneWay {
        setting: "experimental-enable-protocol-v7",
        statement: "the cluster cannot go back to a release before 1.7",
        is_open: true,
        span: Span::from("1.7.0"),
        source: "restatedev/restate crates/types/src/config/common.rs@v1.7.6",
    },
    OneWay {
        setting: "experimental-enable-vqueues",
        statement: "a cluster with invocations in progress does not start with it before 1.7.3",
        is_open: false,
        span: Span::between("1.5.3", "1.7.3"),
        source: "release notes v1.7.0",
    },
    OneWay {
        setting: "experimental-enable-vqueues",
        statement: "each partition is migrated, does not work meanwhile, and never goes back",
        is_open: true,
        span: Span::from("1.7.3"),
        source: "release notes v1.7.3",
    },
];

impl Release {
    /// What a value of a setting puts at risk in this release.
    pub fn risk(&self, setting: &str, value: &Value) -> Option<&'static Risk> {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        RISKS
            .iter()
            .find(|risk| risk.setting == setting && risk.value == text && self.is_in(risk.span))
    }

    /// The switches of this release that cannot be taken back.
    pub fn one_ways(&self) -> impl Iterator<Item = &'static OneWay> {
        ONE_WAYS.iter().filter(|row| self.is_in(row.span))
    }
}
