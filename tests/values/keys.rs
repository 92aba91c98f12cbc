//! Which keys real servers show when a file sets them, for `tests/data/restate-server-accepted-keys.tsv`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use restate_gen::facts::{Release, Setting, SettingStatus, releases};
use restate_gen::server::Assignment;
use serde_json::{Value, json};

use crate::in_parallel;
use crate::rows::{companions, data, probes};
use crate::server::{Notation, Server};

const KEYS: &str = "restate-server-accepted-keys.tsv";

/// How many values a server may take without showing any until the key is one that it does not read.
const SILENT: usize = 4;

/// The servers that are there are asked; the other columns stay as they are.
#[test]
#[ignore = "asks servers for minutes"]
fn every_key() {
    let text = data(KEYS).expect("committed");
    let cells: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let [head, versions, rows @ ..] = &cells[..] else {
        panic!("{KEYS} has no head");
    };
    let mut answers: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for row in rows {
        for (version, answer) in versions[1..].iter().zip(&row[1..]) {
            answers.insert((row[0], version), answer);
        }
    }
    let mut settings: Vec<&Setting> = releases().iter().flat_map(Release::settings).collect();
    settings.sort_by_key(|setting| setting.path);
    settings.dedup_by_key(|setting| setting.path);
    let wanted = std::env::var("VALUES_OF").unwrap_or_default();
    settings.retain(|setting| setting.path.contains(&wanted));
    for release in releases() {
        let Some(server) = Server::find(release.text()) else {
            continue;
        };
        let shown = in_parallel(&settings, |setting| is_shown(&server, release, setting));
        for (setting, is_shown) in settings.iter().zip(shown) {
            let answer = if is_shown { "yes" } else { "no" };
            answers.insert((setting.path, release.text()), answer);
        }
    }
    let versions: Vec<&str> = releases().iter().map(Release::text).collect();
    let paths: BTreeSet<&str> = answers.keys().map(|(path, _)| *path).collect();
    let mut text = format!("{}\n# path\t{}\n", head.join("\t"), versions.join("\t"));
    for path in paths {
        text.push_str(path);
        for version in &versions {
            text.push('\t');
            text.push_str(answers.get(&(path, *version)).unwrap_or(&"no"));
        }
        text.push('\n');
    }
    let path = format!("{}/tests/data/{KEYS}", env!("CARGO_MANIFEST_DIR"));
    fs::write(path, text).expect("the rows can be written");
}

/// What has to stand next to a key so that it is shown: more than what makes the server judge a value.
fn beside(path: &str) -> Vec<(String, Value)> {
    let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
    let of_table = |table: &str, pairs: &[(&str, Value)]| -> Vec<(String, Value)> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| (format!("{table}.{key}"), value.clone()))
            .collect()
    };
    let object_store = [
        ("type", json!("object-store")),
        ("path", json!("s3://bucket/path")),
    ];
    let mut all = companions(path);
    match (table, key) {
        ("metadata-client", "addresses") => {}
        ("metadata-client", "table" | "key-prefix") => all.extend(of_table(
            table,
            &[("type", json!("dynamo-db")), ("table", json!("word"))],
        )),
        ("metadata-client", _) => all.extend(of_table(table, &object_store)),
        _ => {}
    }
    let is_whole = table == "metadata-client.object-store-retry-policy";
    if is_whole {
        all.extend(of_table("metadata-client", &object_store));
    }
    if is_whole || table.contains("replicated-loglet") && table.ends_with("-policy") {
        all.extend(of_table(
            table,
            &[
                ("initial-interval", json!("10s")),
                ("factor", json!(2.0)),
                ("max-interval", json!("1m")),
            ],
        ));
    }
    // The first of each counts.
    let mut seen = BTreeSet::from([path.to_owned()]);
    all.retain(|(other, _)| seen.insert(other.clone()));
    all
}

/// Values that are seldom a default, before those that are tried for their own sake.
fn tried(setting: &Setting) -> impl Iterator<Item = Value> {
    let others = [
        json!(false),
        json!(7),
        json!(0.25),
        json!("1s..2m"),
        json!("object-store"),
        json!([{"name": "word", "brokers": ["host:1234"]}]),
    ];
    others.into_iter().chain(probes(setting))
}

/// Whether the server shows one of the values that it takes, next to what has to stand there, and not what it shows anyway.
fn is_shown(server: &Server, release: &Release, setting: &Setting) -> bool {
    let path = setting.path;
    // What replaced a key shows it where the key is one of its own still.
    let replacement = match release.setting(path) {
        SettingStatus::Supported(_) | SettingStatus::Hidden(_) => release.replacement(path),
        _ => None,
    };
    let instead = replacement.and_then(|replacement| replacement.instead);
    let of_key = |shown: BTreeMap<String, String>| -> BTreeMap<String, String> {
        let table = format!("{path}.");
        let is_own =
            |shown: &str| shown == path || shown.starts_with(&table) || Some(shown) == instead;
        shown.into_iter().filter(|(path, _)| is_own(path)).collect()
    };
    let shown_with = |value: Option<Value>| {
        let pairs = beside(path).into_iter();
        let pairs = pairs.chain(value.map(|value| (path.to_owned(), value)));
        let settings: Vec<Assignment> = pairs
            .map(|(path, value)| Assignment::new(path, value))
            .collect();
        server.dump(&settings, Notation::Toml).ok().map(of_key)
    };
    let without = shown_with(None).unwrap_or_default();
    if without != shown_with(None).unwrap_or_default() {
        // The folder of the data, which is another one each time.
        return false;
    }
    let mut silent = 0;
    for value in tried(setting) {
        let Some(shown) = shown_with(Some(value)) else {
            continue;
        };
        if shown != without {
            return true;
        }
        // A faulty metadata client is taken, and replaced by the usual one.
        silent += usize::from(!path.starts_with("metadata-client."));
        if silent == SILENT {
            break;
        }
    }
    false
}
