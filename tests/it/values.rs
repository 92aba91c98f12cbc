//! What is said of a value of a setting, against what real servers make of it: `tests/data/restate-server-values.tsv`.

mod rows;

use std::collections::BTreeMap;

use restate_gen::diagnostic::{At, Severity};
use restate_gen::facts::{Release, Setting, release, releases};
use restate_gen::rules;
use restate_gen::schema;
use restate_gen::server::Owned;
use restate_gen::source::{DocPath, Document};
use serde_json::{Map, Value, json};

use rows::{Cell, Fate, VERSIONS, companions, data, probes};

/// Values of settings that differ, and why: what the server takes and is refused here, or the other way round.
struct Explained {
    /// The end of the settings' paths.
    settings: &'static str,
    /// The values as JSON; none stands for all.
    values: &'static [&'static str],
    reason: &'static str,
}

const EXPLAINED: &[Explained] = &[
    Explained {
        settings: ".type",
        values: &["0", "1"],
        reason: "the server takes a word's index in its list for the word",
    },
    Explained {
        settings: "metadata-server.raft-election-tick",
        values: &[],
        reason: "asked together with a heartbeat of the same number: RG523",
    },
    Explained {
        settings: "rocksdb-total-memory-size",
        values: &[],
        reason: "more than the memory of the node: RG507",
    },
    Explained {
        settings: "",
        values: &["18446744073709551615", "\"16EiB\""],
        reason: "1.5 and 1.6 refuse the largest numbers of most settings, and nobody needs them",
    },
    Explained {
        settings: "http-keep-alive-options.interval",
        values: &["\"0\"", "\"0s\""],
        reason: "1.7 reads this old name and takes zero, which 1.5 and 1.6 refuse, and which is no interval",
    },
    Explained {
        settings: "no-proxy",
        values: &["[\"http://host:1234\"]"],
        reason: "1.5 wants hosts",
    },
    Explained {
        settings: "-filter",
        values: &[],
        reason: "only a start reads it",
    },
    Explained {
        settings: "-file",
        values: &[],
        reason: "only a start opens it: RG520",
    },
    Explained {
        settings: "-dir",
        values: &[],
        reason: "only a start writes to it: RG520",
    },
    Explained {
        settings: "tracing-json-path",
        values: &[],
        reason: "only a start writes to it: RG520",
    },
    Explained {
        settings: "-endpoint",
        values: &[],
        reason: "only a start, or a client, uses it: RG515",
    },
    Explained {
        settings: "advertised-address",
        values: &[],
        reason: "only a client uses it: RG515",
    },
    Explained {
        settings: "http-proxy",
        values: &[],
        reason: "a proxy that cannot be read is ignored from 1.6.0 on: RG515",
    },
    Explained {
        settings: "tokio-console-bind-address",
        values: &["\"::1\"", "\"unix:/tmp/x\""],
        reason: "the server listens where nobody means it, or nowhere",
    },
    Explained {
        settings: "initial-max-send-streams",
        values: &["0", "4294967296", "9223372036854775807"],
        reason: "1.7 reads it as a setting that takes less",
    },
    Explained {
        settings: "default-thread-pool-size",
        values: &[
            "0",
            "4294967296",
            "9223372036854775807",
            "18446744073709551615",
        ],
        reason: "a start panics with 0, and 1.7 takes no more than 1.7.12 does",
    },
    Explained {
        settings: "rocksdb-log-keep-file-num",
        values: &["0"],
        reason: "a start ends on it",
    },
    Explained {
        settings: "worker.internal-queue-length",
        values: &["9223372036854775807", "18446744073709551615"],
        reason: "a start panics on it",
    },
    Explained {
        settings: "worker.invoker.concurrent-invocations-limit",
        values: &["9223372036854775807", "18446744073709551615"],
        reason: "a start panics on it",
    },
];

impl Explained {
    fn explains(&self, path: &str, value: &Value) -> bool {
        let Self {
            settings,
            values,
            reason: _,
        } = self;
        let value = value.to_string();
        path.ends_with(settings) && (values.is_empty() || values.contains(&value.as_str()))
    }
}

/// The setting, whichever release reads it.
fn setting(path: &str) -> &'static Setting {
    let mut all = releases().iter().rev().flat_map(Release::settings);
    all.find(|setting| setting.path == path)
        .unwrap_or_else(|| panic!("no release reads {path}"))
}

/// The settings of a file that have an error, each once.
fn with_errors(version: &str, settings: &Map<String, Value>) -> Vec<String> {
    let file = json!({"version": version, "settings": settings}).to_string();
    let document = Document::parse("restate-cluster.yaml", file);
    let reading = schema::read(&document);
    let errors = rules::run(&reading)
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .collect::<Vec<_>>();
    let has_error = |path: &&String| {
        let at = DocPath::of(["settings", path.as_str()]);
        errors.iter().any(|error| match &error.at {
            At::Place(place) => place.path.is_within(&at),
            _ => false,
        })
    };
    settings.keys().filter(has_error).cloned().collect()
}

#[test]
fn the_rows_are_of_the_newest_patch_of_each_minor() {
    let rows = data("restate-server-values.tsv").expect("the rows are committed");
    let head = format!("# path\t{}", VERSIONS.join("\t"));
    assert!(
        rows.lines().any(|line| line == head),
        "no {head}: docs/adding-a-version.md says how to ask a server"
    );
}

#[test]
fn a_value_is_refused_where_the_server_refuses_it_and_nowhere_else() {
    let rows = rows::read(&data("restate-server-values.tsv").expect("the rows are committed"));
    let mut differences = Vec::new();
    let mut idle: Vec<&Explained> = EXPLAINED.iter().collect();
    for (column, version) in VERSIONS.iter().copied().enumerate() {
        let release = release(version).expect("a known version");
        // Files of one value for many settings: those that need others next to them go by their last key, so that no
        // companion stands for the setting itself.
        let mut files: BTreeMap<(String, &str), Vec<(&str, bool)>> = BTreeMap::new();
        for (path, cells) in &rows {
            let is_judged = Owned::of(path).is_none() && !release.takes_without_effect(path);
            if !is_judged || cells[column] == Cell::Absent {
                continue;
            }
            let group = match companions(path).is_empty() {
                // Either is judged by the other.
                true if path.contains(".raft-") => "raft",
                true => "",
                false => path.rsplit('.').next().unwrap_or_default(),
            };
            for value in probes(setting(path)) {
                let is_taken = match &cells[column] {
                    Cell::Takes(taken) => taken.contains(&value.to_string()),
                    Cell::Unread | Cell::Absent => false,
                };
                let file = files.entry((value.to_string(), group)).or_default();
                file.push((path, is_taken));
            }
        }
        // A file has a bound on what is in it.
        let files = files
            .iter()
            .flat_map(|((value, _), paths)| paths.chunks(150).map(move |paths| (value, paths)));
        for (value, paths) in files {
            let value: Value = serde_json::from_str(value).expect("it was JSON");
            let beside = paths.iter().flat_map(|(path, _)| companions(path));
            let asked = paths
                .iter()
                .map(|(path, _)| ((*path).to_owned(), value.clone()));
            let settings: Map<String, Value> = beside.chain(asked).collect();
            let refused = with_errors(version, &settings);
            for &(path, is_taken) in paths {
                let is_refused = refused.iter().any(|refused| refused == path);
                let explained = EXPLAINED.iter().any(|one| one.explains(path, &value));
                if is_refused != is_taken {
                    continue;
                }
                idle.retain(|one| !one.explains(path, &value));
                if !explained {
                    let server = if is_taken { "takes" } else { "refuses" };
                    differences.push(format!("{version} {server} {path}: {value}"));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let idle: Vec<String> = idle
        .iter()
        .map(|one| format!("{}: {}", one.settings, one.reason))
        .collect();
    assert!(idle.is_empty(), "nothing to explain: {}", idle.join("\n"));
}

/// Values on which a start ends and that no rule refuses, and why.
const UNJUDGED: &[(&str, &str)] = &[
    ("-block-size", "larger than any block"),
    (
        "default-thread-stack-size",
        "how much is enough depends on what runs",
    ),
    ("inflight-memory-budget", "more than any machine has"),
    ("initialization-timeout", "too short for any start"),
    (
        "log-server.read-only",
        "RG525 warns: another log server may write",
    ),
    (
        "message-size-limit",
        "too small for the server's own messages",
    ),
    (
        "metadata-server.rocksdb-memory-budget",
        "too small for a database",
    ),
    (
        "rocksdb-max-write-rate-per-second",
        "beyond what a disk writes",
    ),
    ("rocksdb-total-memory-size", "more than any machine has"),
    (
        "wal-dir",
        "a relative path, which the server makes below its own folder",
    ),
    ("-tmp-dir", "empty, or a relative path"),
    ("-pem-file", "empty, as if it were not set"),
];

#[test]
fn a_value_that_a_start_ends_on_is_refused_or_known() {
    let fates = rows::read_fates(&data("restate-server-starts.tsv").expect("the rows are there"));
    let mut passing = Vec::new();
    for (settings, of_versions) in fates {
        let settings: Map<String, Value> = serde_json::from_str(&settings).expect("a row is JSON");
        if settings.contains_key("worker.snapshots.destination") {
            continue;
        }
        for (version, fate) in VERSIONS.iter().copied().zip(of_versions) {
            let is_unjudged = settings.keys().any(|path| {
                let mut unjudged = UNJUDGED.iter();
                unjudged.any(|(end, _)| path.ends_with(end))
            });
            let ends = matches!(fate, Fate::Ends | Fate::Refused);
            if ends && !is_unjudged && with_errors(version, &settings).is_empty() {
                passing.push(format!("{version} {settings:?}"));
            }
        }
    }
    assert!(passing.is_empty(), "{}", passing.join("\n"));
}

#[test]
fn a_destination_is_taken_where_the_server_starts_with_it() {
    let fates = rows::read_fates(&data("restate-server-starts.tsv").expect("the rows are there"));
    let mut compared = 0;
    for (settings, of_versions) in fates {
        let settings: Value = serde_json::from_str(&settings).expect("a row is JSON");
        let Some(destination) = settings["worker.snapshots.destination"].as_str() else {
            continue;
        };
        let is_complete = settings["worker.snapshots.aws-region"].is_string();
        let has_account = settings["AZURE_STORAGE_ACCOUNT_NAME"].is_string();
        for (version, fate) in VERSIONS.iter().copied().zip(of_versions) {
            // 1.5.3 starts with a folder of its own, which is refused: no other node reads it.
            let is_folder = destination.starts_with("file:");
            if fate == Fate::Absent || !is_complete || is_folder {
                continue;
            }
            let place = release(version).expect("known").snapshot_place(destination);
            let is_taken = place
                .is_some_and(|place| place.store != "azure" || place.names_account || has_account);
            assert_eq!(is_taken, fate == Fate::Healthy, "{version} {destination}");
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}
