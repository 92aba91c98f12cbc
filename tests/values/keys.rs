//! Which keys real servers show when a file sets them, for `tests/data/restate-server-accepted-keys.tsv`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use restate_gen::facts::{Release, Setting, releases};
use restate_gen::server::Assignment;
use serde_json::json;

use crate::rows::{companions, data, probes};
use crate::server::{Notation, Server};
use crate::{asked, in_parallel};

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
    for release in releases() {
        let Some(server) = Server::find(release.text()) else {
            continue;
        };
        let shown = in_parallel(&settings, |setting| is_shown(&server, setting));
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

/// Whether the server shows one of the values that it takes, next to what has to stand there, and not what it shows anyway.
fn is_shown(server: &Server, setting: &Setting) -> bool {
    let of_key = |shown: BTreeMap<String, String>| -> BTreeMap<String, String> {
        let table = format!("{}.", setting.path);
        let is_own = |path: &str| path == setting.path || path.starts_with(&table);
        shown.into_iter().filter(|(path, _)| is_own(path)).collect()
    };
    let beside: Vec<Assignment> = companions(setting.path)
        .into_iter()
        .map(|(path, value)| Assignment::new(path, value))
        .collect();
    let without = server.dump(&beside, Notation::Toml).map(of_key);
    let without = without.unwrap_or_default();
    let mut silent = 0;
    for value in std::iter::once(json!(false)).chain(probes(setting)) {
        let Ok(shown) = asked(server, setting.path, &value, Notation::Toml) else {
            continue;
        };
        if of_key(shown) != without {
            return true;
        }
        silent += 1;
        if silent == SILENT {
            break;
        }
    }
    false
}
