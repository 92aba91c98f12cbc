//! The configuration of one server: its memory pools, and settings as variables and as lines of TOML.

use restate_gen::facts;
use restate_gen::model::ByteSize;
use restate_gen::server::memory::{MemoryPool, pools};
use restate_gen::server::{Assignment, Configuration, environment, toml};
use serde_json::{Value, json};

use crate::golden::resolved;

/// The pools of the first node.
fn first_pools(file: Value) -> Vec<MemoryPool> {
    let topology = resolved(&serde_json::from_value(file).expect("a cluster"));
    pools(&topology, &topology.nodes[0])
}

fn total_mebibytes(pools: &[MemoryPool]) -> u64 {
    let sizes = pools.iter().map(|pool| pool.worst_case.as_bytes());
    sizes.sum::<u64>() >> 20
}

fn size(pools: &[MemoryPool], name: &str) -> ByteSize {
    let pool = pools.iter().find(|pool| pool.name == name);
    pool.expect("there").size
}

#[test]
fn the_worst_case_of_all_pools_leaves_a_part_of_the_limit_free() {
    for version in facts::releases().iter().map(|release| release.text()) {
        for limit in [1024, 1536, 2048, 3072, 4096, 8192, 65536] {
            for partitions in [1, 24, 64] {
                let total = total_mebibytes(&first_pools(json!({
                    "nodes": 1,
                    "version": version,
                    "partitions": partitions,
                    "resources": {"memory": format!("{limit}MiB")},
                })));
                assert!(
                    total <= limit * 92 / 100,
                    "{version} with {limit} MiB and {partitions} partitions: {total}"
                );
            }
        }
    }
}

#[test]
fn what_the_user_sets_is_kept_and_the_others_give_way() {
    let pools = first_pools(json!({
        "nodes": 1,
        "settings": {"worker": {"invoker": {"memory-limit": "600MiB"}}},
    }));
    assert_eq!(size(&pools, "invoker"), ByteSize::mebibytes(600));
    assert!(total_mebibytes(&pools) <= 2048);
}

#[test]
fn pools_that_hold_messages_grow_with_the_largest_message() {
    let of = |settings: Value| {
        first_pools(json!({"nodes": 1, "resources": {"memory": "4GiB"}, "settings": settings}))
    };
    let large = of(json!({"networking": {"message-size-limit": "256MiB"}}));
    // With less than two messages the server never answers a request of that size, nor any after it.
    assert!(size(&large, "partition requests") >= ByteSize::mebibytes(512));
    assert!(size(&large, "fabric") >= ByteSize::mebibytes(256));
    assert!(size(&of(json!({})), "partition requests") < ByteSize::mebibytes(512));
}

#[test]
fn a_limit_below_what_the_server_needs_shows_as_a_sum_above_it() {
    let pools = first_pools(json!({"nodes": 1, "resources": {"memory": "512MiB"}}));
    assert!(total_mebibytes(&pools) > 512);
}

#[test]
fn a_node_has_only_the_pools_of_its_roles() {
    let pools = first_pools(json!({"nodes": [{"roles": ["metadata-server"]}, {}]}));
    let names: Vec<&str> = pools.iter().map(|pool| pool.name).collect();
    assert!(
        names.contains(&"RocksDB")
            && !names.contains(&"invoker")
            && !names.contains(&"query engine"),
        "{names:?}"
    );
}

#[test]
fn values_of_variables_are_written_as_the_server_reads_them() {
    for (path, value, expected) in [
        ("force-node-id", json!(3), "3"),
        ("auto-provision", json!(false), "false"),
        ("cluster-name", json!("123"), "123"),
        ("worker.snapshots.aws-region", json!("123"), "\"123\""),
        (
            "roles",
            json!(["admin", "worker"]),
            "[\"admin\",\"worker\"]",
        ),
        (
            "ingress.kafka-clusters",
            json!([{"name": "k", "security.protocol": "SSL"}]),
            "[{\"name\"=\"k\",\"security.protocol\"=\"SSL\"}]",
        ),
        // Behind another character than ASCII the server loses what an escape says, or panics.
        (
            "ingress.kafka-clusters",
            json!([{"sasl.password": "Zürich^2\\5"}]),
            "[{\"sasl.password\"=\"Z\\U000000FCrich^2\\\\5\"}]",
        ),
    ] {
        assert_eq!(environment::text(path, &value), expected, "{path}");
    }
}

#[test]
fn a_table_of_free_keys_is_one_setting_whose_keys_arrive_unchanged() {
    let settings = json!({
        "tracing-headers": {"x.dot": "a", "x_tenant": "b"},
        "tracing-headers.x-more": "c",
        "admin": {"query-engine": {"datafusion-options.datafusion.execution.batch_size": "1024"}},
        "ingress.request-compression-threshold": "1MiB",
    });
    let file = json!({"nodes": [{"settings": {"tracing-headers": {"x_tenant": "d"}}}], "settings": settings});
    let topology = resolved(&serde_json::from_value(file).expect("a cluster"));
    let server = Configuration::of(&topology, &topology.nodes[0]);
    let lines: Vec<(String, String)> = server
        .with_addresses(|_| Value::Null)
        .into_iter()
        .filter(|setting| setting.value.is_object() || setting.path.starts_with("ingress.request"))
        .map(|setting| {
            let value = environment::text(&setting.key, &setting.value);
            (
                format!("{}={value}", environment::name(&setting)),
                toml::line(&setting),
            )
        })
        .collect();
    let expected = [
        (
            r#"RESTATE_TRACING_HEADERS={"x.dot"="a","x_tenant"="d","x-more"="c"}"#,
            r#"tracing-headers = { "x.dot" = "a", x_tenant = "d", x-more = "c" }"#,
        ),
        (
            r#"RESTATE_ADMIN__QUERY_ENGINE__DATAFUSION_OPTIONS={"datafusion.execution.batch_size"="1024"}"#,
            r#"admin.query-engine.datafusion-options = { "datafusion.execution.batch_size" = "1024" }"#,
        ),
        (
            "RESTATE_INGRESS__REQUEST_COMPRESSION_THRESHOLD=1MiB",
            r#"ingress.request-compression-threshold = "1MiB""#,
        ),
    ];
    assert_eq!(
        lines,
        expected.map(|(variable, line)| (variable.to_owned(), line.to_owned()))
    );
}

#[test]
fn a_setting_is_one_line_of_toml_that_needs_no_table() {
    for (path, value, expected) in [
        ("force-node-id", json!(3), "force-node-id = 3"),
        ("auto-provision", json!(false), "auto-provision = false"),
        (
            "worker.invoker.memory-limit",
            json!("512MiB"),
            "worker.invoker.memory-limit = \"512MiB\"",
        ),
        ("roles", json!(["admin"]), "roles = [\"admin\"]"),
        (
            "log-filter",
            json!("a\"b\\\né"),
            "log-filter = \"a\\\"b\\\\\\U0000000A\\U000000E9\"",
        ),
        (
            "ingress.kafka-clusters",
            json!([{"name": "k", "security.protocol": "SSL"}]),
            "ingress.kafka-clusters = [{ name = \"k\", \"security.protocol\" = \"SSL\" }]",
        ),
    ] {
        assert_eq!(toml::line(&Assignment::new(path, value)), expected);
    }
}
