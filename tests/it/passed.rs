//! What the file gives the services of Compose in Compose's own keys, as other readers of YAML have it.

use proptest::prelude::*;
use restate_gen::facts::ServiceKey;
use restate_gen::source::Document;
use restate_gen::targets::compose;
use serde_json::{Map, Value, json};

use crate::golden::resolved;

fn file(cluster: &Value) -> Value {
    let cluster = serde_json::from_value(cluster.clone()).expect("a cluster");
    let tree = compose::render(&resolved(&cluster), "restate-gen compose");
    let text = &tree.main().text;
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn what_a_service_has_stays_and_more_is_added() {
    let added = json!({
        "environment": {"AWS_PROFILE": "orders", "COUNT": 3, "TOKEN": null},
        "ports": ["9464", {"target": 9465}],
        "volumes": ["certificates:/etc/ssl/own:ro"],
        "tmpfs": "/run",
        "networks": ["backend"],
        "extra_hosts": {"db": "10.0.0.5"},
        "deploy": {"labels": {"a": "b"}},
        "cap_add": ["NET_RAW"],
        "labels": {"team": "$TEAM", "since": "2026-11-28"},
    });
    for store in ["minio", "seaweedfs"] {
        let plain = file(&json!({"nodes": 3, "object_store": store}));
        let file = file(&json!({
            "nodes": 3,
            "object_store": store,
            "compose": {
                "node": added, "store": added,
                "networks": {"backend": null, "default": {"name": "shop", "external": true}},
                "volumes": {"certificates": {"external": true}, "restate-1-data": {"labels": {"keep": "yes"}}},
                "secrets": {"token": {"file": "./token"}},
                "configs": {"banner": {"content": "hello"}},
            },
        }));
        for name in [
            "restate-1",
            "restate-2",
            "restate-3",
            &format!("restate-{store}"),
        ] {
            let (before, after) = (&plain["services"][name], &file["services"][name]);
            for key in [
                "image",
                "command",
                "entrypoint",
                "healthcheck",
                "read_only",
                "security_opt",
            ] {
                assert_eq!(before[key], after[key], "{name} {key}");
            }
            for key in ["ports", "volumes", "tmpfs"] {
                let (before, after) = (before[key].as_array(), after[key].as_array());
                let (before, after) = (before.expect(key), after.expect(key));
                assert!(after.starts_with(before), "{name} {key}");
                assert!(after.len() > before.len(), "{name} {key}");
            }
            for (variable, value) in before["environment"].as_object().expect("variables") {
                assert_eq!(after["environment"][variable], *value, "{name} {variable}");
            }
            let variables = &after["environment"];
            assert_eq!(variables["AWS_PROFILE"], "orders");
            assert_eq!(variables["COUNT"], "3");
            assert!(
                variables
                    .as_object()
                    .expect("variables")
                    .contains_key("TOKEN")
            );
            assert_eq!(after["tmpfs"], json!(["/tmp", "/run"]));
            assert_eq!(
                after["ports"].as_array().expect("ports").last(),
                Some(&json!({"target": 9465}))
            );
            let networks = after["networks"].as_object().expect("networks");
            assert_eq!(networks.keys().collect::<Vec<_>>(), ["default", "backend"]);
            assert_eq!(before["deploy"]["resources"], after["deploy"]["resources"]);
            assert_eq!(after["deploy"]["labels"], json!({"a": "b"}));
            assert_eq!(after["labels"], added["labels"]);
            let hosts = after["extra_hosts"].as_array().expect("hosts");
            assert!(hosts.contains(&json!("db:10.0.0.5")), "{hosts:?}");
            let capabilities = after["cap_add"].as_array().expect("capabilities");
            assert!(capabilities.contains(&json!("NET_RAW")), "{capabilities:?}");
        }
        let of_store = &file["services"][format!("restate-{store}")];
        if store == "seaweedfs" {
            assert_eq!(of_store["cap_add"], json!(["DAC_OVERRIDE", "NET_RAW"]));
        }
        assert_eq!(file["networks"]["default"]["name"], "shop");
        assert!(
            file["networks"]
                .as_object()
                .expect("networks")
                .contains_key("backend")
        );
        assert_eq!(file["volumes"]["restate-1-data"]["labels"]["keep"], "yes");
        assert_eq!(file["volumes"]["certificates"]["external"], true);
        assert!(
            file["volumes"]
                .as_object()
                .expect("volumes")
                .contains_key("restate-2-data")
        );
        assert_eq!(file["secrets"]["token"]["file"], "./token");
        assert_eq!(file["configs"]["banner"]["content"], "hello");
    }
}

#[test]
fn what_may_be_chosen_takes_the_place_of_ours() {
    let chosen = json!({
        "restart": "no", "read_only": false, "cap_drop": [], "security_opt": ["label:disable"],
        "logging": {"driver": "journald"}, "tmpfs": ["/tmp:size=1g"],
    });
    let file = file(&json!({"nodes": 1, "compose": {"node": chosen, "store": chosen}}));
    for name in ["restate-1", "restate-minio"] {
        for (key, value) in chosen.as_object().expect("keys") {
            assert_eq!(file["services"][name][key], *value, "{name} {key}");
        }
    }
}

#[test]
fn what_goes_with_the_image_goes_to_all_that_run_it() {
    let node = json!({"profiles": ["restate"], "platform": "linux/amd64", "pull_policy": "always"});
    let file = file(&json!({"compose": {"node": node}}));
    for (name, service) in file["services"].as_object().expect("services") {
        assert_eq!(service["profiles"], node["profiles"], "{name}");
        if name != "restate-minio" {
            assert_eq!(service["platform"], "linux/amd64", "{name}");
            assert_eq!(service["pull_policy"], "always", "{name}");
        }
    }
}

#[test]
fn all_ingresses_have_one_name() {
    let aliases = |file: &Value, service: &str| {
        let default = &file["services"][service]["networks"]["default"];
        default["aliases"].as_array().cloned().unwrap_or_default()
    };
    let both = file(&json!({
        "nodes": [
            {"id": 1}, {"id": 2},
            {"id": 3, "roles": ["worker", "log-server", "admin"]},
        ],
        "compose": {
            "node": {"networks": {"backend": {}, "default": {"aliases": ["ingress", "restate"]}}},
            "networks": {"backend": {}},
        },
    }));
    for service in ["restate-1", "restate-2"] {
        assert_eq!(
            aliases(&both, service),
            [json!("restate"), json!("ingress")]
        );
    }
    assert_eq!(
        aliases(&both, "restate-3"),
        [json!("ingress"), json!("restate")]
    );
    // The name of a node is its own.
    let named = file(&json!({"nodes": [{"id": 1, "name": "restate"}, {"id": 2}, {"id": 3}]}));
    assert!(named["services"]["restate-2"].get("networks").is_none());
}

#[test]
fn clusters_whose_nodes_share_anchors_have_it_too() {
    let cluster = serde_json::from_value(json!({
        "nodes": 120,
        "compose": {"node": {
            "environment": {"AWS_PROFILE": "orders"}, "labels": {"team": "orders"}, "env_file": "own.env",
        }},
    }));
    let tree = compose::render(
        &resolved(&cluster.expect("a cluster")),
        "restate-gen compose",
    );
    let file = Document::parse("docker-compose.yaml", tree.main().text.as_str());
    assert!(file.is_readable(), "{:?}", file.faults());
    for id in [1, 51, 120] {
        let node = &file.value()["services"][format!("restate-{id}")];
        assert_eq!(node["environment"]["AWS_PROFILE"], "orders");
        assert_eq!(
            node["environment"]["RESTATE_NODE_NAME"],
            format!("restate-{id}")
        );
        assert_eq!(node["labels"]["team"], "orders");
        assert_eq!(node["env_file"], "own.env");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "yes",
            "no",
            "null",
            "~",
            "1e3",
            "0x1f",
            "${A:-b}",
            "$$",
            "a: b",
            "#",
            "- a",
            "",
            "*a",
            "&a",
            "'",
            "\"",
            "<<",
            "=",
            "2026-11-28",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{1,8}", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_given_is_read_back_as_it_was(value in values()) {
        let node = json!({"x-mine": value, "labels": {"a": value}});
        let file = file(&json!({"nodes": 1, "compose": {"node": node, "networks": {"n": {"x-mine": value}}}}));
        let service = &file["services"]["restate-1"];
        prop_assert_eq!(&service["x-mine"], &value);
        prop_assert_eq!(&service["labels"]["a"], &value);
        prop_assert_eq!(&file["networks"]["n"]["x-mine"], &value);
    }
}

#[test]
fn every_key_of_compose_goes_through_or_is_refused() {
    let mut last = "";
    for key in ServiceKey::all() {
        assert!(last < key.name, "{} after {last}", key.name);
        last = key.name;
        assert!(key.types().count() > 0, "{}", key.name);
        for kind in key.types() {
            let known = [
                "array", "boolean", "integer", "null", "number", "object", "string",
            ];
            assert!(known.contains(&kind), "{}: {kind}", key.name);
        }
        let value = match key.types().next().expect("a type") {
            "array" => json!([]),
            "boolean" => json!(true),
            "integer" | "number" => json!(1),
            "null" => Value::Null,
            "object" => json!({}),
            _ => json!("text"),
        };
        let node: Map<String, Value> = [(key.name.to_owned(), value)].into_iter().collect();
        // A key that stands twice is not YAML.
        file(&json!({"nodes": 1, "compose": {"node": node, "store": node}}));
    }
}
