//! Values on their way to the server: what the cluster file says is what the server reads, on every target and whatever characters
//! are in it. Here the files are read by other code than ours; `tests/neighbours/read_back.py` has the real readers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::facts::environment_variable;
use restate_gen::schema;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::tree::RenderedTree;
use restate_gen::validation::validate;
use serde_json::{Map, Value, json};

use crate::golden::resolved;
use crate::tries::tries;

/// What is special to YAML, HCL, TOML, Compose, Kubernetes, Nomad, shells, templates, or the server's own notation.
const PIECES: &[&str] = &[
    "a",
    "Z",
    "7",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "'",
    "\"",
    "\\",
    "\\n",
    "\\u0041",
    "\\",
    "$",
    "$$",
    "${X}",
    "$(X)",
    "${X:-y}",
    "%{ if x }",
    "%%",
    "{{x}}",
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    ":",
    ": ",
    "#",
    " #",
    "- ",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "@",
    "`",
    "~",
    "null",
    "true",
    "no",
    "1.5",
    "0x1",
    "1e3",
    "-1",
    "EOF",
    "<<EOF",
    "é",
    "ü\\",
    "日本",
    "😀",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{202e}",
    "\u{7f}",
    "\u{1}",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..6).prop_map(|pieces| pieces.concat())
}

fn table() -> impl Strategy<Value = Map<String, Value>> {
    let entry = (text(), text().prop_map(Value::from));
    prop::collection::vec(entry, 1..4).prop_map(|entries| {
        let entries = entries.into_iter();
        // A dot parts the tables that a key is in.
        entries
            .map(|(key, value)| (format!("k.{key}_"), value))
            .collect()
    })
}

/// What the server makes of a variable: TOML's notation behind a bracket, a brace or a quote; else a number, a truth value, or text.
fn server_reads(variable: &str) -> Value {
    let variable = variable.trim();
    if variable.starts_with(['[', '{', '"']) {
        let table: toml::Table = toml::from_str(&format!("x = {variable}")).expect(variable);
        return serde_json::to_value(&table["x"]).expect("JSON");
    }
    match serde_json::from_str(variable) {
        Ok(read @ (Value::Bool(_) | Value::Number(_))) => read,
        _ => variable.into(),
    }
}

fn yaml(text: &str) -> Vec<Value> {
    let documents = text.split("\n---\n");
    documents
        .map(|document| serde_saphyr::from_str(document).expect(document))
        .collect()
}

/// Every list of variables as Kubernetes has them.
fn listed(value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(items) => {
            for item in items {
                if let (Some(Value::String(name)), Some(Value::String(value))) =
                    (item.get("name"), item.get("value"))
                {
                    found.insert(name.clone(), value.replace("$$", "$"));
                }
                listed(item, found);
            }
        }
        Value::Object(entries) => entries.values().for_each(|value| listed(value, found)),
        _ => {}
    }
}

/// The text in a line `NAME = "text"` of HCL, which escapes as JSON does, and the start of what it fills in.
fn hcl(text: &str) -> BTreeMap<String, String> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim().split_once(" = "));
    // The scripts next to them assign without blanks.
    let variables =
        lines.filter(|(name, value)| name.starts_with("RESTATE_") && value.starts_with('"'));
    let read = |(name, value): (&str, &str)| {
        let value = value.trim().replace("$${", "${").replace("%%{", "%{");
        let value: String = serde_json::from_str(&value).expect(&value);
        (name.trim().to_owned(), value)
    };
    variables.map(read).collect()
}

/// The variables of the node's server.
fn variables(target: &str, tree: &RenderedTree) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    match target {
        "compose" => {
            let file = &yaml(&tree.main().text)[0];
            let environment = file["services"]["restate-1"]["environment"]
                .as_object()
                .expect("variables");
            let texts = environment
                .iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?)));
            found.extend(texts.map(|(name, value)| (name.clone(), value.replace("$$", "$"))));
        }
        "nomad" => found = hcl(&tree.main().text),
        _ => {
            for file in tree
                .files()
                .iter()
                .filter(|file| file.path.ends_with(".yaml"))
            {
                yaml(&file.text)
                    .iter()
                    .for_each(|document| listed(document, &mut found));
            }
        }
    }
    found
}

/// The configuration of the server that stands in a manifest as TOML.
fn configuration(tree: &RenderedTree) -> toml::Table {
    fn find(value: &Value) -> Option<toml::Table> {
        match value {
            Value::String(text) if text.contains("default-num-partitions") => {
                toml::from_str(text).ok()
            }
            Value::Array(items) => items.iter().find_map(find),
            Value::Object(entries) => entries.values().find_map(find),
            _ => None,
        }
    }
    yaml(&tree.main().text)
        .iter()
        .find_map(find)
        .expect("a configuration")
}

/// Files that are sound but for that text at the dotted path, with `[]` behind a list.
fn files_with(path: &str, text: &str) -> Vec<Value> {
    let value = path
        .rsplit('.')
        .fold(json!(text), |value, key| match key.strip_suffix("[]") {
            Some(list) => json!({ list: [value] }),
            None => json!({ key: value }),
        });
    let start = |kind: &str| match path.split(['.', '[']).next() {
        Some("object_store") => json!({"object_store": {"kind": kind}}),
        Some("files") => json!({"files": [{
            "path": "/etc/restate/identity.pem",
            "file": "./identity.pem",
            "kubernetes": {"secret": "identity"},
            "nomad": {"key": "identity"},
        }]}),
        _ => json!({}),
    };
    let kinds = ["minio", "seaweedfs", "s3", "azure"];
    kinds.map(|kind| over(start(kind), &value)).into()
}

/// The value over what stands below it, key by key and item by item.
fn over(below: Value, value: &Value) -> Value {
    match (below, value) {
        (Value::Object(mut below), Value::Object(entries)) => {
            for (key, value) in entries {
                let there = below.shift_remove(key).unwrap_or_default();
                below.insert(key.clone(), over(there, value));
            }
            Value::Object(below)
        }
        (Value::Array(below), Value::Array(items)) => {
            let pairs = below.into_iter().zip(items);
            pairs.map(|(below, item)| over(below, item)).collect()
        }
        (_, value) => value.clone(),
    }
}

/// A tree of files panics where a string of the user's breaks a line of a script, a guide or `.env`.
#[test]
fn no_line_break_in_a_string_of_the_file_gets_into_a_line_of_another() {
    let mut rendered = 0;
    for path in schema::field_paths() {
        for text in ["a\rb", "a\nb", "\r", "\u{0}"] {
            for file in files_with(path, text) {
                let text = file.to_string();
                let document = Document::parse("restate-cluster.yaml", text.as_str());
                if let Some(topology) = validate(&document, &Policy::default()).topology() {
                    for target in TARGETS {
                        (target.render)(&topology, "restate-gen");
                        rendered += 1;
                    }
                }
            }
        }
    }
    // Raw values, such as labels of Compose, take any text.
    assert!(rendered > 0);
}

proptest! {
    #![proptest_config(tries(48))]

    #[test]
    fn settings_arrive_as_they_are_written(
        plain in text(), listed in text(), key in text(), headers in table(), options in table(), number in 0..99u32,
    ) {
        let clusters = json!([{"name": "k", "brokers": [listed], format!("p.{key}"): listed}]);
        let settings = json!({
            "worker.invoker.aws-assume-role-external-id": plain,
            "ingress.kafka-clusters": clusters,
            "tracing-headers": headers,
            "admin.query-engine.datafusion-options": options,
            "worker.num-timers-in-memory-limit": number,
        });
        let file = json!({"nodes": 1, "object_store": "none", "settings": settings});
        let topology = resolved(&serde_json::from_value(file).expect("a cluster"));
        for target in TARGETS {
            let tree = (target.render)(&topology, "restate-gen");
            if target.name == "kubernetes-operator" {
                let configuration = configuration(&tree);
                for (path, value) in settings.as_object().expect("a table") {
                    let at = path.split('.').try_fold(toml::Value::Table(configuration.clone()), |at, key| at.get(key).cloned());
                    let read = serde_json::to_value(at).expect("JSON");
                    prop_assert_eq!(&read, value, "{} on {}", path, target.name);
                }
                continue;
            }
            let variables = variables(target.name, &tree);
            for (path, value) in settings.as_object().expect("a table") {
                let written = &variables[&environment_variable(path)];
                let read = server_reads(written);
                prop_assert_eq!(&read, value, "{} on {}: {}", path, target.name, written);
            }
        }
    }
}
