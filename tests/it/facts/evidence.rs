//! The evidence that the facts are held against: published schemas, dumps of the real servers, and our own tables as
//! rows. It does not know what the facts claim.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use restate_gen::facts::{Release, releases};
use serde_json::Value;

/// The versions whose schema was published last in their minor line.
pub const SCHEMAS: [&str; 3] = ["1.5.3", "1.6.2", "1.7.2"];

fn data(name: &str) -> String {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The release of that version, which has a row.
pub fn known(version: &str) -> &'static Release {
    let mut known = releases().iter();
    known
        .find(|release| release.text() == version)
        .unwrap_or_else(|| panic!("no release {version}"))
}

/// Every key of a dump with its value as text, the way `Release::default` gives it.
pub fn dump(release: &Release) -> BTreeMap<String, String> {
    let text = data(&format!("restate-server-defaults-{}.toml", release.text()));
    let mut keys = BTreeMap::new();
    let mut section = String::new();
    let joined = text
        .replace("[\n    ", "[")
        .replace(",\n    ", ", ")
        .replace(",\n]", "]");
    for line in joined.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            section = format!("{name}.");
        } else {
            let (key, value) = line
                .split_once(" = ")
                .unwrap_or_else(|| panic!("not a key and a value: {line}"));
            keys.insert(
                format!("{section}{key}"),
                value.trim_matches('"').to_owned(),
            );
        }
    }
    keys
}

/// Every leaf of a schema as a dotted path. Alternatives of one object (kinds of retry policy, kinds of metadata
/// client) count together.
pub fn schema(version: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&data(&format!(
        "restate-server-config-{version}.schema.json"
    )))
    .expect("a schema is JSON");
    let mut paths = BTreeSet::new();
    collect(&document, &document, "", &mut paths);
    paths
}

fn collect(document: &Value, node: &Value, path: &str, paths: &mut BTreeSet<String>) {
    let mut has_children = false;
    let mut open = vec![node];
    while let Some(part) = open.pop() {
        if let Some(reference) = part["$ref"].as_str() {
            let target = document
                .pointer(reference.trim_start_matches('#'))
                .expect("a reference has a target");
            open.push(target);
        }
        for list in ["allOf", "anyOf", "oneOf"] {
            open.extend(part[list].as_array().into_iter().flatten());
        }
        for (name, child) in part["properties"].as_object().into_iter().flatten() {
            has_children = true;
            let below = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            collect(document, child, &below, paths);
        }
    }
    if !has_children {
        paths.insert(path.to_owned());
    }
}

/// Keys that a published schema names and the server of that version does not read.
pub fn is_erratum(path: &str) -> bool {
    let is_of_tests = [
        "admin.disable-cluster-controller",
        "worker.snapshots.enable-cleanup",
    ];
    path.contains('_') || path.ends_with(".Bounded") || is_of_tests.contains(&path)
}

/// The version whose schema holds for a release.
pub fn schema_of(release: &Release) -> &'static str {
    SCHEMAS
        .into_iter()
        .find(|version| known(version).minor() == release.minor())
        .expect("every minor has a schema")
}

/// The keys that the servers were seen to read, for each release.
pub fn accepted() -> BTreeMap<String, BTreeMap<String, bool>> {
    let text = data("restate-server-accepted-keys.tsv");
    let lines: Vec<_> = text.lines().collect();
    let versions: Vec<_> = lines[1].split('\t').skip(1).collect();
    let row = |line: &&str| {
        let mut cells = line.split('\t');
        let path = cells.next().expect("a line has a path").to_owned();
        (
            path,
            versions
                .iter()
                .map(|version| (*version).to_owned())
                .zip(cells.map(|cell| cell == "yes"))
                .collect(),
        )
    };
    lines[2..].iter().map(row).collect()
}

/// The rows of one of our tables, as cells.
pub fn table(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/src/facts/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// Fails when a source cites nothing that others can look up.
pub fn assert_is_source(source: &str) {
    let from = [
        "schema ",
        "dump ",
        "release notes ",
        "restatedev/restate ",
        "run: ",
        "docs.restate.dev/",
        "no schema has ",
    ];
    assert!(
        from.iter().any(|start| source.starts_with(start)),
        "not a source: {source:?}"
    );
    let names_a_place_on_a_machine = source.split(' ').any(|word| word.starts_with('/'));
    assert!(
        !names_a_place_on_a_machine,
        "a path of one machine: {source:?}"
    );
}
