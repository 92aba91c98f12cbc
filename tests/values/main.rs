//! What real servers make of every value of every setting, for `tests/data/restate-server-values.tsv`: see
//! `tests/data/README.md`.

mod keys;
#[path = "../it/values/rows.rs"]
mod rows;
mod server;
mod together;
mod written;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use restate_gen::facts::{Release, Setting, SettingStatus, releases};
use restate_gen::server::{Assignment, Owned};
use serde_json::{Map, Value, json};

use rows::{Cell, Fate, Fates, Rows, VERSIONS, companions, data, probes};
use server::{Notation, Server, Start};

const ROWS: &str = "restate-server-values.tsv";
const FATES: &str = "restate-server-starts.tsv";

fn known(version: &str) -> &'static Release {
    let mut known = releases().iter();
    known
        .find(|release| release.text() == version)
        .unwrap_or_else(|| panic!("no release {version}"))
}

/// The settings that a version reads, also under an old name, by path.
fn settings_of(release: &Release) -> Vec<&'static Setting> {
    let all = releases().iter().flat_map(Release::settings);
    let mut all: Vec<&Setting> = all
        .filter(|setting| {
            matches!(
                release.setting(setting.path),
                SettingStatus::Supported(_)
                    | SettingStatus::Hidden(_)
                    | SettingStatus::Renamed {
                        still_read: true,
                        ..
                    }
            )
        })
        .collect();
    all.sort_by_key(|setting| setting.path);
    all.dedup_by_key(|setting| setting.path);
    all
}

/// Does the work for each item on four threads, and hands the results back in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(item) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(item.1);
                    done.lock()
                        .expect("no thread panics")
                        .push((item.0, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panics");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// What the server says of a setting with a value, and what has to stand next to it.
fn asked(
    server: &Server,
    path: &str,
    value: &Value,
    notation: Notation,
) -> Result<BTreeMap<String, String>, String> {
    let mut settings: Vec<Assignment> = companions(path)
        .into_iter()
        .map(|(path, value)| Assignment::new(path, value))
        .collect();
    settings.push(Assignment::new(path.to_owned(), value.clone()));
    server.dump(&settings, notation)
}

/// What the server makes of all values of a setting.
fn cell(server: &Server, setting: &Setting, notation: Notation) -> Cell {
    let without = companions(setting.path)
        .into_iter()
        .map(|(path, value)| Assignment::new(path, value))
        .collect::<Vec<_>>();
    let without = server.dump(&without, notation).ok();
    let mut taken = Vec::new();
    let mut is_read = false;
    for value in probes(setting) {
        match asked(server, setting.path, &value, notation) {
            Ok(shown) => {
                is_read |= Some(&shown) != without.as_ref();
                taken.push(value.to_string());
            }
            Err(_) => is_read = true,
        }
    }
    if is_read {
        Cell::Takes(taken)
    } else {
        Cell::Unread
    }
}

#[test]
#[ignore = "asks servers for half an hour"]
fn every_value() {
    let before = data(ROWS).unwrap_or_default();
    let mut rows: Rows = rows::read(&before);
    for (column, version) in VERSIONS.iter().copied().enumerate().rev() {
        let Some(server) = Server::find(version) else {
            eprintln!("no server {version}");
            continue;
        };
        let wanted = std::env::var("VALUES_OF").unwrap_or_default();
        let mut settings = settings_of(known(version));
        settings.retain(|setting| wanted.split(',').any(|part| setting.path.contains(part)));
        let of_variables = in_parallel(&settings, |setting| {
            cell(&server, setting, Notation::Variables)
        });
        for (setting, cell) in settings.iter().zip(of_variables) {
            let row = rows.entry(setting.path.to_owned());
            row.or_insert([const { Cell::Absent }; 3])[column] = cell;
        }
        let path = format!("{}/tests/data/{ROWS}", env!("CARGO_MANIFEST_DIR"));
        fs::write(path, written::written(&rows, &before)).expect("the rows can be written");
    }
}

/// The settings as a server is given them; none when this version does not read one of them.
fn assigned(release: &Release, settings: &Map<String, Value>) -> Option<Vec<Assignment>> {
    let assigned = settings.iter().map(|(path, value)| {
        if !is_variable(path) {
            release.spelling(path)?;
        }
        Some(Assignment::new(path.clone(), value.clone()))
    });
    assigned.collect()
}

/// Whether that names a variable and not a setting.
fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}

fn fate(server: &Server, release: &Release, settings: &Map<String, Value>) -> Fate {
    let Some(settings) = assigned(release, settings) else {
        return Fate::Absent;
    };
    match server.dump(&settings, Notation::Variables) {
        Err(_) => return Fate::Refused,
        Ok(shown) if Ok(&shown) == server.dump(&[], Notation::Variables).as_ref() => {
            return Fate::Ignored;
        }
        Ok(_) => {}
    }
    match server.start(&settings) {
        Start::Healthy => Fate::Healthy,
        Start::Running => Fate::Unhealthy,
        Start::Ended(said) => {
            println!("{}: {settings:?}: {said}", release.text());
            Fate::Ends
        }
    }
}

/// Values of a setting that the server takes and that a start may end on: the extremes and the odd ones.
fn extremes(path: &str, taken: &[String]) -> Vec<Value> {
    // A setting of threads would get as many of them.
    let is_threads = ["thread", "jobs", "compactions", "flushes", "parallelism"]
        .iter()
        .any(|word| path.contains(word));
    let values = taken
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).expect("a row holds JSON"));
    let values: Vec<Value> = values
        .filter(|value| !is_threads || value.as_u64().is_none_or(|number| number < 100))
        .collect();
    let mut chosen = Vec::new();
    let is_text = values.iter().any(|value| value == "word");
    let integers = values.iter().filter(|value| value.is_u64() && !is_text);
    chosen.extend(integers.clone().take(2));
    chosen.extend(integers.last());
    chosen.extend(values.iter().filter(|value| {
        let is_list = value.is_array() || value.is_object();
        is_list || !is_text && (value.is_f64() || *value == &json!(true))
    }));
    let is_size = values.iter().any(|value| value == "64MiB") && !is_text;
    let is_time = values.iter().any(|value| value == "10s") && !is_text;
    let odd: &[&str] = match () {
        () if is_time => &["0s", "1ms", "300000h"],
        () if is_size => &["0B", "1B", "16EiB"],
        () if is_text => &["", "word", "::1", "s3://bucket/path", "a,b"],
        () => &[],
    };
    chosen.extend(values.iter().filter(|value| match value {
        Value::String(text) => odd.contains(&text.as_str()) || !(is_time || is_size || is_text),
        _ => false,
    }));
    let mut unique: Vec<Value> = Vec::new();
    for value in chosen {
        if !unique.contains(value) {
            unique.push(value.clone());
        }
    }
    unique
}

/// The ones of the tables that a server does not become healthy with, each by itself, found by halving.
fn unwell(
    server: &Server,
    release: &Release,
    tables: &[Map<String, Value>],
    found: &mut Vec<(Map<String, Value>, Fate)>,
) {
    let all: Map<String, Value> = tables.iter().flat_map(Clone::clone).collect();
    let fate = fate(server, release, &all);
    match (tables, fate) {
        (_, Fate::Healthy | Fate::Ignored) | ([], _) => {}
        ([one], fate) => found.push((one.clone(), fate)),
        (tables, _) => {
            let (one, other) = tables.split_at(tables.len() / 2);
            unwell(server, release, one, found);
            unwell(server, release, other, found);
        }
    }
}

/// Reads the rows on starts, lets `work` fill in those of each version whose server is there, and writes them.
fn with_fates(work: impl Fn(&Server, &'static Release, usize) -> Vec<(Map<String, Value>, Fate)>) {
    let mut fates: Fates = data(FATES)
        .map(|text| rows::read_fates(&text))
        .unwrap_or_default();
    for (column, version) in VERSIONS.iter().copied().enumerate().rev() {
        let Some(server) = Server::find(version) else {
            eprintln!("no server {version}");
            continue;
        };
        for (settings, fate) in work(&server, known(version), column) {
            let key = Value::from(settings).to_string();
            fates.entry(key).or_insert([Fate::Absent; 3])[column] = fate;
        }
        let path = format!("{}/tests/data/{FATES}", env!("CARGO_MANIFEST_DIR"));
        fs::write(path, written::written_fates(&fates)).expect("the rows can be written");
    }
}

#[test]
#[ignore = "starts servers for some minutes"]
fn settings_together() {
    with_fates(|server, release, _| {
        let together = together::together();
        let fates = in_parallel(&together, |settings| fate(server, release, settings));
        together.into_iter().zip(fates).collect()
    });
}

#[test]
#[ignore = "starts servers for an hour"]
fn every_start() {
    let rows = rows::read(&data(ROWS).expect("the rows are there"));
    with_fates(|server, release, column| {
        let lists: Vec<Vec<Map<String, Value>>> = rows
            .iter()
            .filter_map(|(path, cells)| match &cells[column] {
                Cell::Takes(taken) if Owned::of(path).is_none() => Some((path, taken)),
                _ => None,
            })
            .map(|(path, taken)| {
                let beside = |value: Value| {
                    let companions = companions(path).into_iter();
                    companions.chain([(path.clone(), value)]).collect()
                };
                extremes(path, taken).into_iter().map(beside).collect()
            })
            .collect();
        // A batch has each setting once: the same place in the lists of eight of them.
        let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
        let batches: Vec<Vec<Map<String, Value>>> = (0..longest)
            .flat_map(|at| {
                let of_place: Vec<_> = lists
                    .iter()
                    .filter_map(|list| list.get(at).cloned())
                    .collect();
                of_place.chunks(8).map(<[_]>::to_vec).collect::<Vec<_>>()
            })
            .collect();
        let found = in_parallel(&batches, |batch| {
            let mut found = Vec::new();
            unwell(server, release, batch, &mut found);
            found
        });
        found.into_iter().flatten().collect()
    });
}

/// A part of the rows, with the servers that are there: each tenth value, so that each setting has some.
#[test]
fn the_rows_are_what_the_servers_do() {
    let rows = rows::read(&data(ROWS).expect("the rows are there"));
    let mut asked_any = false;
    for (column, version) in VERSIONS.iter().copied().enumerate() {
        let Some(server) = Server::find(version) else {
            eprintln!("SKIPPED: no restate-server {version}; see tests/data/README.md");
            continue;
        };
        asked_any = true;
        let settings = settings_of(known(version));
        let differences: Vec<Vec<String>> = in_parallel(&settings, |setting| {
            let taken = match rows.get(setting.path).map(|cells| &cells[column]) {
                Some(Cell::Takes(taken)) => taken,
                Some(Cell::Unread) => return Vec::new(),
                Some(Cell::Absent) | None => {
                    return vec![format!("{version} {}: it was never asked", setting.path)];
                }
            };
            let offset = setting.path.len() % 10;
            let sample = probes(setting).into_iter().skip(offset).step_by(10);
            let differs = sample.filter(|value| {
                let is_taken = asked(&server, setting.path, value, Notation::Variables).is_ok();
                is_taken != taken.contains(&value.to_string())
            });
            differs
                .map(|value| format!("{version} {}: {value}", setting.path))
                .collect()
        });
        let differences: Vec<String> = differences.into_iter().flatten().collect();
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
    assert!(
        asked_any || std::env::var_os("CI").is_none(),
        "CI needs a restate-server"
    );
}

/// A file and a variable say the same: the operator has the one, all others the other.
#[test]
fn a_file_is_read_as_the_variables_are() {
    for version in *VERSIONS {
        let Some(server) = Server::find(version) else {
            eprintln!("SKIPPED: no restate-server {version}; see tests/data/README.md");
            continue;
        };
        let settings = settings_of(known(version));
        let differences: Vec<Vec<String>> = in_parallel(&settings, |setting| {
            let offset = setting.path.len() % 13;
            let sample = probes(setting).into_iter().skip(offset).step_by(13);
            // A file says of which kind a value is, and a text is never a number there.
            let differs = sample.filter(|value| value.is_string()).filter(|value| {
                let by = |notation| asked(&server, setting.path, value, notation).ok();
                by(Notation::Variables) != by(Notation::Toml)
            });
            differs
                .map(|value| format!("{version} {}: {value}", setting.path))
                .collect()
        });
        let differences: Vec<String> = differences.into_iter().flatten().collect();
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}
