//! The schema as published, and what a file that does not fit it is told.

use std::path::Path;

use restate_gen::model::{Cluster, NodeEntry, Nodes};
use restate_gen::schema;
use restate_gen::source::{DocPath, Document};
use serde_json::{Value, json};

use crate::{Found, findings, said};

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

/// Files that do not fit, each with what is found: code, line and column.
const MISFITS: &[(&str, &[Found])] = &[
    // Unknown and missing keys.
    ("replicaton: 2", &[("RG020", 1, 1)]),
    (
        "nodes: 3\nresources: {memry: 2GiB, cpus: 2}",
        &[("RG020", 2, 13)],
    ),
    ("{\"nodes\": 3, \"nmae\": x}", &[("RG020", 1, 14)]),
    ("memory: 2GiB", &[("RG020", 1, 1)]),
    (
        "metadataServers: 3\nmetadata-servers: 3",
        &[("RG020", 1, 1), ("RG020", 2, 1)],
    ),
    ("nodes:\n  - name: a\n    prots: {}", &[("RG020", 3, 5)]),
    (
        "nodes:\n  - ports: {admin: 1, fabrik: 2}",
        &[("RG020", 2, 23)],
    ),
    ("nodes:\n  - group: a\n    cuont: 3", &[("RG020", 3, 5)]),
    ("nodes:\n  - group: a", &[("RG020", 2, 5)]),
    (
        "nodes:\n  - count: 3\n    name: x\n    id: 4",
        &[("RG020", 3, 5), ("RG020", 4, 5)],
    ),
    ("replication: {zone: 2, logs: 3}", &[("RG020", 1, 24)]),
    ("replication: {logs: {zones: 2}}", &[("RG020", 1, 22)]),
    ("object_store: {region: x}", &[("RG021", 1, 1)]),
    ("object_store: {}", &[("RG021", 1, 1)]),
    ("object_store: {knd: s3, region: x}", &[("RG020", 1, 16)]),
    (
        "object_store: {kind: minio, region: x}",
        &[("RG020", 1, 29)],
    ),
    (
        "object_store:\n  kind: s3\n  regoin: eu",
        &[("RG020", 3, 3)],
    ),
    ("é: 1\nüb: 2", &[("RG020", 1, 1), ("RG020", 2, 1)]),
    (
        "a: &a {memory: 1G}\nresources: *a",
        &[("RG020", 1, 1), ("RG025", 1, 16)],
    ),
    (
        "volumes: &v {szie: 1GiB}\nresources:\n  <<: *v",
        &[("RG020", 1, 14), ("RG020", 1, 14)],
    ),
    // Wrong types.
    ("version: 1.7", &[("RG022", 1, 10)]),
    ("version: 1", &[("RG022", 1, 10)]),
    ("name: true", &[("RG022", 1, 7)]),
    ("name: [a]", &[("RG022", 1, 7)]),
    ("name:\n  a: b", &[("RG022", 1, 1)]),
    ("nodes: many", &[("RG022", 1, 8)]),
    ("nodes: \"3\"", &[("RG022", 1, 8)]),
    ("nodes: 2.5", &[("RG022", 1, 8)]),
    ("nodes: {a: 1}", &[("RG022", 1, 8)]),
    (
        "nodes:\n  - 3\n  -\n  - []",
        &[("RG022", 2, 5), ("RG022", 3, 3), ("RG022", 4, 5)],
    ),
    ("nodes:\n  - count:", &[("RG022", 2, 5)]),
    ("telemetry: yes", &[("RG022", 1, 12)]),
    ("telemetry: 1", &[("RG022", 1, 12)]),
    ("resources:\n  memory: 2048", &[("RG022", 2, 11)]),
    ("resources:\n  cpus: two", &[("RG023", 2, 9)]),
    ("snapshots: {interval: 10}", &[("RG022", 1, 23)]),
    ("settings: debug", &[("RG022", 1, 11)]),
    ("settings: [a]", &[("RG022", 1, 11)]),
    ("nodes:\n  - roles: worker", &[("RG022", 2, 12)]),
    ("retired_ids: 4", &[("RG022", 1, 14)]),
    (
        "retired_ids: [1, x, 2.5]",
        &[("RG022", 1, 18), ("RG022", 1, 21)],
    ),
    ("replication: two", &[("RG022", 1, 14)]),
    ("resources: 2GiB", &[("RG022", 1, 12)]),
    // None of the words.
    ("nodes:\n  - roles: [workers]", &[("RG023", 2, 13)]),
    (
        "nodes:\n  - roles:\n      - worker\n      - 5",
        &[("RG023", 4, 9)],
    ),
    ("metadata_servers: al", &[("RG023", 1, 19)]),
    ("object_store: mino", &[("RG023", 1, 15)]),
    ("object_store: 3", &[("RG023", 1, 15)]),
    ("object_store: {kind: s4, region: x}", &[("RG023", 1, 22)]),
    ("object_store:\n  kind: 3", &[("RG023", 2, 9)]),
    (
        "ports: {scheme: binary, publish: [ingress, 'admn']}",
        &[("RG023", 1, 17), ("RG023", 1, 44)],
    ),
    (
        "object_store: {kind: s3, credentials: file}",
        &[("RG023", 1, 39)],
    ),
    // Out of range.
    ("nodes: 0", &[("RG024", 1, 8)]),
    ("nodes: -1", &[("RG024", 1, 8)]),
    ("nodes: 1000001", &[("RG024", 1, 8)]),
    ("nodes: 99999999999999999999999999", &[("RG024", 1, 8)]),
    ("nodes: 0x0", &[("RG024", 1, 8)]),
    (
        "nodes:\n  - count: 0\n  - id: 0",
        &[("RG024", 2, 12), ("RG024", 3, 9)],
    ),
    (
        "nodes:\n  - ports: {admin: 65536, ingress: 0}",
        &[("RG024", 2, 20), ("RG024", 2, 36)],
    ),
    ("nodes: [{id: 5000000000}]", &[("RG024", 1, 14)]),
    ("replication: 0", &[("RG024", 1, 14)]),
    (
        "replication: {logs: 0, partitions: {zone: 129}}",
        &[("RG024", 1, 21), ("RG024", 1, 43)],
    ),
    ("partitions: 65536", &[("RG024", 1, 13)]),
    ("resources: {cpus: 0}", &[("RG024", 1, 19)]),
    ("resources: {memory: 0GiB}", &[("RG024", 1, 21)]),
    (
        "resources: {memory: 999999999TiB, reserve: {memory: 0B}}",
        &[("RG024", 1, 21), ("RG024", 1, 53)],
    ),
    ("snapshots: {retained: 256}", &[("RG024", 1, 23)]),
    ("retired_ids: [0]", &[("RG024", 1, 15)]),
    // Wrong forms.
    ("resources:\n  memory: 2G", &[("RG025", 2, 11)]),
    ("resources:\n  memory: \"2 GB\"", &[("RG025", 2, 11)]),
    (
        "nodes:\n  - resources: {reserve: {memory: 512M}}",
        &[("RG025", 2, 35)],
    ),
    ("snapshots: {interval: 10 minutes}", &[("RG025", 1, 23)]),
    ("snapshots: {destination: bucket}", &[("RG025", 1, 26)]),
    ("image: {digest: abc}", &[("RG025", 1, 17)]),
    ("ports: {bind: localhost}", &[("RG025", 1, 15)]),
    ("ports: {ingress_bind: 1.2.3.4.5}", &[("RG025", 1, 23)]),
    ("nodes: [{location: a.b.c}]", &[("RG025", 1, 20)]),
    (
        "object_store: {kind: s3, endpoint: s3.example.com}",
        &[("RG025", 1, 36)],
    ),
    ("compose: {project: Orders}", &[("RG025", 1, 20)]),
    // Repeated items, empty and long texts and lists.
    (
        "nodes: [{roles: [worker, admin, worker, worker]}]",
        &[("RG026", 1, 33), ("RG026", 1, 41)],
    ),
    ("name: ''", &[("RG027", 1, 7)]),
    (
        "name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        &[("RG027", 1, 7)],
    ),
    ("nodes: []", &[("RG027", 1, 8)]),
    ("nodes: [{roles: []}]", &[("RG027", 1, 17)]),
];

#[test]
fn what_does_not_fit_is_found_at_its_place() {
    let mut wrong = Vec::new();
    for (text, expected) in MISFITS {
        for (text, by) in [
            (text.to_string(), 0),
            (format!("# é\r\n{}\r\n", text.replace('\n', "\r\n")), 1),
        ] {
            let found = findings(text.as_str());
            let expected: Vec<_> = expected
                .iter()
                .map(|(code, line, column)| (*code, line + by, *column))
                .collect();
            if found != expected {
                wrong.push(format!("{text:?}: {found:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
            "`object_store` has no `kind`, which it needs",
            "add `kind`: minio, seaweedfs, s3, gcs, azure or none",
        ),
        (
            "version: 1.70",
            "`1.70` is read as a number, and `version` takes text",
            "put it in quotes: \"1.70\"",
        ),
        (
            "nodes: many",
            "`many` is neither a whole number from 1 to 1000 nor a list",
            "write a whole number from 1 to 1000 or a list",
        ),
        (
            "nodes: '3'",
            "`3` is text, and `nodes` takes a number",
            "leave the quotes out: 3",
        ),
        (
            "telemetry: off",
            "`off` is text, and `telemetry` takes true or false",
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
            "`2048` has no unit: `memory` takes a size with a binary unit",
            "write 2048MiB if mebibytes are meant, or another of B, KiB, MiB, GiB, TiB",
        ),
        (
            "resources: {memory: 2G}",
            "`2G` is not a size with a binary unit",
            "write 2GiB (2 147 483 648 bytes), or 1907MiB if 2 000 000 000 bytes are meant",
        ),
        (
            "nodes: [{roles: [workers]}]",
            "`workers` is none of `http-ingress`, `admin`, `worker`, `log-server`, `metadata-server`",
            "write `worker`",
        ),
        (
            "metadata_servers: some",
            "`some` is neither `all` nor a whole number from 1 to 1000",
            "write `all` or a whole number from 1 to 1000",
        ),
        (
            "nodes: 0",
            "`0` is below 1, the least that `nodes` takes",
            "write a number from 1 to 1000",
        ),
        (
            "nodes: 1000001",
            "`1000001` is above 1000, the most that `nodes` takes",
            "write a number from 1 to 1000",
        ),
        (
            "nodes: [{id: 0}]",
            "`0` is below 1, the least that `id` takes",
            "write a number from 1 on",
        ),
        (
            "name: ''",
            "`name` is empty",
            "write a text, or leave the key out for its default",
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
    for (text, _) in MISFITS {
        for (message, help) in said(text) {
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
    for (text, _) in MISFITS {
        let document = Document::parse("f", *text);
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
