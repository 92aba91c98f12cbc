//! Settings that servers judge together.

use serde_json::{Map, Value, json};

/// Settings that a server judges together, each as a table of paths and values. What has no dot and no small letter is a
/// variable of its own.
pub fn together() -> Vec<Map<String, Value>> {
    let mut all = Vec::new();
    let mut add = |settings: Value| match settings {
        Value::Object(settings) => all.push(settings),
        other => panic!("{other}"),
    };
    for policy in [
        "bifrost.read-retry-policy",
        "bifrost.replicated-loglet.log-server-retry-policy",
        "bifrost.replicated-loglet.sequencer-retry-policy",
        "ingress.ingestion.connection-retry-policy",
        "metadata-client.backoff-policy",
        "network-error-retry-policy",
        "networking.connect-retry-policy",
        "worker.invoker.retry-policy",
        "worker.shuffle.connection-retry-policy",
        "worker.snapshots.object-store-retry-policy",
    ] {
        let of = |key: &str| format!("{policy}.{key}");
        add(json!({of("type"): "none"}));
        add(json!({of("type"): "fixed-delay"}));
        add(json!({of("type"): "fixed-delay", of("interval"): "1s"}));
        add(json!({of("type"): "fixed-delay", of("initial-interval"): "1s"}));
        add(json!({of("type"): "exponential"}));
        add(json!({of("type"): "exponential", of("initial-interval"): "1s"}));
        add(json!({of("type"): "exponential", of("initial-interval"): "1s", of("factor"): 2.0}));
        add(json!({of("type"): "exponential", of("interval"): "1s"}));
        add(json!({of("interval"): "1s"}));
        add(json!({of("initial-interval"): "1s"}));
        add(json!({of("max-interval"): "1s"}));
        add(json!({of("max-attempts"): 5}));
        add(json!({of("factor"): 3.0}));
    }
    for throttling in [
        "admin.query-engine.rate-limiting",
        "worker.invoker.action-throttling",
        "worker.invoker.invocation-throttling",
    ] {
        let of = |key: &str| format!("{throttling}.{key}");
        add(json!({of("capacity"): 10}));
        add(json!({of("rate"): "10/s"}));
    }
    for (election, heartbeat) in [(1, 5), (5, 5), (6, 5), (2, 1)] {
        add(json!({
            "metadata-server.raft-election-tick": election,
            "metadata-server.raft-heartbeat-tick": heartbeat,
        }));
    }
    for files in [
        json!({}),
        json!({
            "tls.cert-file": "/etc/restate/tls.crt",
            "tls.key-file": "/etc/restate/tls.key",
            "tls.ca-files": ["/etc/restate/ca.crt"],
        }),
    ] {
        for mode in ["off", "allow", "prefer", "require"] {
            let Value::Object(mut settings) = files.clone() else {
                panic!("{files}")
            };
            settings.insert("tls.mode".into(), mode.into());
            add(Value::Object(settings));
        }
    }
    add(json!({"tls.cert-file": "/etc/restate/tls.crt", "tls.key-file": "/etc/restate/tls.key"}));
    add(
        json!({"default-retry-policy.initial-interval": "10s", "default-retry-policy.max-interval": "1s"}),
    );
    add(json!({"worker.snapshots.destination": "s3://bucket/path"}));
    add(json!({
        "worker.snapshots.aws-endpoint-url": "http://host:9000",
        "worker.snapshots.aws-region": "eu-central-1",
        "worker.snapshots.destination": "s3://bucket/path",
    }));
    for destination in [
        "s3://bucket/path",
        "s3a://bucket/path",
        "https://bucket.s3.eu-central-1.amazonaws.com/path",
        "https://s3.eu-central-1.amazonaws.com/bucket/path",
        "https://account.r2.cloudflarestorage.com/bucket",
        "https://host/bucket/path",
        "gs://bucket/path",
        "https://storage.googleapis.com/bucket/path",
        "file:///tmp/x",
        "memory:///x",
    ] {
        add(json!({
            "worker.snapshots.aws-region": "eu-central-1",
            "worker.snapshots.destination": destination,
        }));
    }
    for destination in [
        "az://container/path",
        "azure://container/path",
        "adl://container/path",
        "abfs://container/path",
        "abfss://container@account.dfs.core.windows.net/path",
        "abfs://container@account.dfs.core.windows.net/path",
        "https://account.blob.core.windows.net/container/path",
        "https://account.dfs.core.windows.net/container/path",
        "https://account.blob.fabric.microsoft.com/container/path",
        "az://account.blob.core.windows.net/container/path",
        "az://container@account.dfs.core.windows.net/path",
    ] {
        add(json!({"worker.snapshots.destination": destination}));
        add(json!({
            "AZURE_STORAGE_ACCOUNT_NAME": "account",
            "worker.snapshots.destination": destination,
        }));
    }
    all
}
