//! The schema as published, and what is reported for a file that does not fit it.

use std::path::Path;

use restate_gen::model::{Cluster, NodeEntry, Nodes};
use restate_gen::schema;
use restate_gen::source::{DocPath, Document};
use serde_json::{Value, json};

use crate::{cases, findings, said};

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/cluster.schema.json");
    let generated = schema::text();
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        std::fs::write(&path, &generated).expect("the schema can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "schema/cluster.schema.json is stale: run the tests with RESTATE_GEN_BLESS=1"
    );
}

/// Files that do not fit: the cases of the schema's rules.
fn misfits() -> Vec<String> {
    let cases = cases::all().into_iter();
    cases
        .filter(|(code, _)| schema::RULES.iter().any(|rule| rule.code == code))
        .flat_map(|(_, cases)| cases)
        .map(|case| String::from_utf8(case.text).expect("UTF-8"))
        .collect()
}

#[test]
fn lines_of_windows_and_text_beyond_ascii_before_it_move_no_finding_within_its_line() {
    for text in misfits() {
        let below = format!("# é\r\n{}", text.replace('\n', "\r\n"));
        let moved: Vec<_> = findings(text.as_str())
            .into_iter()
            .map(|(code, line, column)| (code, line + 1, column))
            .collect();
        assert_eq!(findings(below), moved, "{text}");
    }
}

#[test]
fn a_file_with_many_faults_reports_them_all_in_order() {
    let found = findings(
        "nme: x\nversion: 1.7\nnodes:\n  - roles: [workers]\n  - ports: {admin: 0}\n  - id: x\nresources: {memory: 2G, cpu: 2}\nresources: 3\nobject_store: mino\ntelemetry: on\n",
    );
    let expected = [
        ("RG020", 1, 1),
        ("RG022", 2, 10),
        ("RG023", 4, 13),
        ("RG024", 5, 20),
        ("RG022", 6, 9),
        ("RG025", 7, 21),
        ("RG020", 7, 25),
        ("RG007", 8, 1),
        ("RG023", 9, 15),
        ("RG022", 10, 12),
    ];
    assert_eq!(found, expected);
}

#[test]
fn messages_name_the_value_and_helps_the_way_out() {
    for (text, message, help) in [
        (
            "replicaton: 2",
            "`replicaton` is not a key of a cluster file",
            "write `replication`",
        ),
        (
            "memory: 2GiB",
            "`memory` is not a key of a cluster file",
            "put it at `resources.memory` or `resources.reserve.memory` or `nodes[].resources.memory`",
        ),
        (
            "retained: 3",
            "`retained` is not a key of a cluster file",
            "put it at `snapshots.retained`",
        ),
        (
            "log-filter: x",
            "`log-filter` is not a key of a cluster file",
            "put Restate's own settings under `settings`",
        ),
        (
            "nodes: [{group: a}]",
            "`group` is not a key of `nodes[0]`",
            "add `count` to make the entry a group of nodes, or use the keys of one node",
        ),
        (
            "nodes: [{count: 2, name: a}]",
            "`name` is not a key of `nodes[0]`",
            "leave `count` out to make the entry one node, or use the keys of a group",
        ),
        (
            "nodes: [{cuont: 2, first_id: 4}]",
            "`cuont` is not a key of `nodes[0]`",
            "write `count`",
        ),
        (
            "object_store: {kind: minio, region: a}",
            "`region` is not a key of `object_store`",
            "delete it, or choose the `kind` that has it",
        ),
        (
            "object_store: {region: a}",
            "`object_store` has no `kind`, which is required",
            "add `kind`: minio, seaweedfs, s3, gcs, azure or none",
        ),
        (
            "version: 1.70",
            "`1.70` is read as a number, and `version` needs a string",
            "put it in quotes: \"1.70\"",
        ),
        (
            "nodes: many",
            "`many` is neither a whole number from 1 to 1000 nor a list",
            "write a whole number from 1 to 1000 or a list",
        ),
        (
            "nodes: '3'",
            "`3` is a string, and `nodes` needs a number",
            "remove the quotes: 3",
        ),
        (
            "telemetry: off",
            "`off` is a string, and `telemetry` needs true or false",
            "write false",
        ),
        (
            "nodes: [{roles: worker}]",
            "`worker` is not a list",
            "write it as a list: [worker]",
        ),
        (
            "nodes: [{count: }]",
            "`count` has no value",
            "write a whole number from 1 to 1000",
        ),
        (
            "resources: {memory: 2048}",
            "`2048` has no unit: `memory` needs a size with a binary unit",
            "write 2048MiB if mebibytes are meant, or another of B, KiB, MiB, GiB, TiB",
        ),
        (
            "resources: {memory: 2G}",
            "`2G` is not a size with a binary unit",
            "write 2GiB (2 147 483 648 bytes), or 1907MiB if 2 000 000 000 bytes are meant",
        ),
        (
            "nodes: [{roles: [workers]}]",
            "`workers` is not one of `http-ingress`, `admin`, `worker`, `log-server`, `metadata-server`",
            "write `worker`",
        ),
        (
            "metadata_servers: some",
            "`some` is neither `all` nor a whole number from 1 to 1000",
            "write `all` or a whole number from 1 to 1000",
        ),
        (
            "nodes: 0",
            "`0` is below 1, the minimum of `nodes`",
            "write a number from 1 to 1000",
        ),
        (
            "nodes: 1000001",
            "`1000001` is above 1000, the maximum of `nodes`",
            "write a number from 1 to 1000",
        ),
        (
            "nodes: [{id: 0}]",
            "`0` is below 1, the minimum of `id`",
            "write a number from 1 to 2147483647",
        ),
        (
            "name: ''",
            "`name` is empty",
            "write a value, or leave the key out for its default",
        ),
        (
            "nodes: []",
            "`nodes` is an empty list",
            "write an item, or leave the key out for its default",
        ),
    ] {
        assert_eq!(
            said(text),
            [(message.to_owned(), help.to_owned())],
            "{text}"
        );
    }
    for text in misfits() {
        for (message, help) in said(&text) {
            let first = message.chars().next().expect("says something");
            assert!(
                !first.is_uppercase() && !message.ends_with('.') && !help.ends_with('.'),
                "{message} / {help}"
            );
            assert!(
                !help.is_empty() && !message.contains("invalid") && !message.contains("schema"),
                "{message}"
            );
        }
    }
}

#[test]
fn what_is_sound_is_kept_when_the_rest_is_faulty() {
    let text = "name: orders\nversion: 1.7\nnodes:\n  - {name: a, id: x}\n  - 3\n  - {name: c, roles: [worker, wrker]}\nretired_ids: [1, x]\nobject_store: {kind: s3, region: eu, endpoint: x}\nresources: {cpus: 4.0, memory: 2G}\n";
    let document = Document::parse("f", text);
    let reading = schema::read(&document);
    let cluster = reading.cluster.as_ref().expect("the rest is sound");
    assert_eq!(cluster.name.as_deref(), Some("orders"));
    assert_eq!(cluster.version, None);
    assert!(cluster.retired_ids.is_empty());
    let Some(Nodes::List(nodes)) = &cluster.nodes else {
        panic!("{:?}", cluster.nodes)
    };
    let names: Vec<_> = nodes
        .iter()
        .map(|entry| match entry {
            NodeEntry::Node(node) => node.name.as_deref(),
            NodeEntry::Group(_) => panic!("no group"),
        })
        .collect();
    assert_eq!(names, [Some("a"), None, Some("c")]);
    assert_eq!(
        cluster
            .resources
            .as_ref()
            .and_then(|resources| resources.cpus),
        Some(restate_gen::model::CpuLimit::Cores(4.0))
    );
    assert!(reading.knows(&DocPath::of(["name"])));
    assert!(reading.knows(&DocPath::of(["nodes"]).index(0).key("name")));
    for unknown in ["version", "nodes", "retired_ids", "resources"] {
        assert!(!reading.knows(&DocPath::of([unknown])), "{unknown}");
    }
    assert!(!reading.knows(&DocPath::of(["nodes"]).index(1).key("id")));
}

#[test]
fn keys_without_a_value_have_their_default() {
    let document = Document::parse(
        "f",
        "name:\nsettings:\nretired_ids: ~\nnodes: 3.0\nresources:\nsnapshots: {interval: }\n",
    );
    let reading = schema::read(&document);
    assert_eq!(reading.diagnostics, []);
    let expected = Cluster {
        nodes: Some(Nodes::Count(3)),
        snapshots: Some(Default::default()),
        ..Cluster::default()
    };
    assert_eq!(reading.cluster, Some(expected));
}

/// Every schema within the published one.
fn subschemas(schema: &Value, found: &mut Vec<Value>) {
    found.push(schema.clone());
    for keyword in ["properties", "definitions"] {
        for inner in schema[keyword].as_object().into_iter().flatten() {
            subschemas(inner.1, found);
        }
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for inner in schema[keyword].as_array().into_iter().flatten() {
            subschemas(inner, found);
        }
    }
    if schema.get("items").is_some() {
        subschemas(&schema["items"], found);
    }
}

#[test]
fn the_schema_has_no_keyword_that_the_walker_does_not_know_and_is_closed_and_described() {
    let mut all = Vec::new();
    subschemas(&schema::schema(), &mut all);
    assert!(all.len() > 100);
    for schema in &all {
        for keyword in schema.as_object().expect("a mapping").keys() {
            assert!(
                schema::KEYWORDS.contains(&keyword.as_str()) || keyword == "definitions",
                "{keyword}"
            );
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            regex_lite::Regex::new(pattern).expect(pattern);
        }
        let Some(properties) = schema["properties"].as_object() else {
            continue;
        };
        assert_eq!(
            schema["additionalProperties"],
            Value::Bool(false),
            "{schema}"
        );
        for (key, property) in properties {
            assert!(
                property["description"].is_string() || key == "kind",
                "{key} has no description"
            );
        }
    }
}

#[test]
fn the_walker_and_a_general_validator_come_to_the_same_verdict() {
    let validator = jsonschema::draft7::options()
        .should_validate_formats(true)
        .build(&schema::schema())
        .expect("a schema");
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(2.0),
        json!(2.5),
        json!(1e30),
        json!(""),
        json!("x"),
        json!("2GiB"),
        json!("10m"),
        json!("s3"),
        json!("worker"),
        json!("::1"),
        json!([]),
        json!([1, 1]),
        json!({}),
        json!({"kind": "s3"}),
        json!({"count": 2}),
        json!({"zone": 1}),
        json!({"x": 1}),
    ];
    let mut checked = 0;
    let mut agree = |value: &Value| {
        let document = Document::parse("f", value.to_string());
        let ours = schema::check(&document).is_empty();
        assert_eq!(ours, validator.is_valid(document.value()), "{value}");
        checked += 1;
    };
    for text in misfits() {
        let document = Document::parse("f", text);
        let value = document.value();
        agree(value);
        let mut pointers = Vec::new();
        pointers_of(value, String::new(), &mut pointers);
        for pointer in pointers {
            for other in &values {
                let mut mutated = value.clone();
                *mutated.pointer_mut(&pointer).expect("there") = other.clone();
                agree(&mutated);
            }
        }
    }
    assert!(checked > 3000, "{checked}");
}

/// The JSON Pointers of every value below the top level.
fn pointers_of(value: &Value, at: String, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => return,
    };
    for (step, child) in children {
        let at = format!("{at}/{step}");
        found.push(at.clone());
        pointers_of(child, at, found);
    }
}

/// Without a maximum a file of 4 MiB makes gigabytes of output: what is written once is repeated for every node.
#[test]
fn every_string_and_list_has_a_maximum() {
    let mut all = Vec::new();
    subschemas(&schema::schema(), &mut all);
    let is = |schema: &Value, kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    let is_bounded = |pattern: &str| !pattern.contains(['*', '+']) && !pattern.contains(",}");
    for schema in all {
        if is(&schema, "string")
            && ["const", "format", "anyOf"]
                .iter()
                .all(|key| schema.get(*key).is_none())
        {
            let pattern = schema["pattern"].as_str();
            assert!(
                schema["maxLength"].is_u64() || pattern.is_some_and(is_bounded),
                "{schema}"
            );
        }
        assert!(
            !is(&schema, "array") || schema["maxItems"].is_u64(),
            "{schema}"
        );
        assert!(
            !is(&schema, "integer") || schema["maximum"].is_number(),
            "{schema}"
        );
    }
}

/// A schema cannot say how large a table with free keys may be; the reader of the file does.
#[test]
fn every_table_with_free_keys_has_a_maximum() {
    let mut tables = Vec::new();
    open_tables(&schema::schema(), "", &mut tables);
    tables.sort();
    tables.dedup();
    let wrap = |path: &str, value: Value| {
        path.rsplit('.')
            .fold(value, |value, key| json!({ key: value }))
    };
    let large: serde_json::Map<_, _> = (0..3000).map(|at| (format!("k{at}"), json!("v"))).collect();
    let places = [
        ("settings", "settings"),
        ("node", "compose.node"),
        ("store", "compose.store"),
        ("networks", "compose.networks"),
        ("volumes", "compose.volumes"),
        ("secrets", "compose.secrets"),
        ("configs", "compose.configs"),
        (
            "service_account_annotations",
            "kubernetes.service_account_annotations",
        ),
        ("pod_labels", "kubernetes.pod_labels"),
        ("pod", "kubernetes.pod"),
        ("container", "kubernetes.container"),
        ("pod_annotations", "kubernetes.pod_annotations"),
        ("node_selector", "kubernetes.node_selector"),
        ("zones", "kubernetes.zones"),
        ("pods", "kubernetes.network.ingress_from"),
        ("annotations", "kubernetes.ingress.annotations"),
    ];
    let mut known: Vec<&str> = places.iter().map(|(key, _)| *key).collect();
    known.sort_unstable();
    assert_eq!(
        tables, known,
        "a new one needs a maximum in src/schema/model.rs"
    );
    for (key, path) in places {
        let value = match key {
            "pods" => json!([{"pods": large}]),
            _ => Value::from(large.clone()),
        };
        let text = wrap(path, value).to_string();
        let codes: Vec<_> = findings(text.as_str())
            .into_iter()
            .map(|(code, ..)| code)
            .collect();
        assert!(codes.contains(&"RG027"), "{path}: {codes:?}");
    }
}

/// The keys of tables that take any key.
fn open_tables(schema: &Value, key: &str, found: &mut Vec<String>) {
    let is_table = schema["type"] == "object" || schema["type"] == json!(["object", "null"]);
    if is_table && schema["additionalProperties"] == true {
        found.push(key.to_owned());
    }
    match schema {
        Value::Object(entries) => {
            for (name, value) in entries {
                match name.as_str() {
                    "properties" | "definitions" => {
                        for (key, value) in value.as_object().into_iter().flatten() {
                            open_tables(value, key, found);
                        }
                    }
                    "default" | "examples" => {}
                    _ => open_tables(value, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| open_tables(item, key, found)),
        _ => {}
    }
}
