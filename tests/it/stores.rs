//! The bundled stores: who is given which of their keys.

use restate_gen::server::credentials::nodes_keys;
use restate_gen::targets::TARGETS;
use serde_json::json;

use crate::golden::resolved;

/// The files of each target that configure nodes, and in the file of all services the part of a node.
fn of_nodes(target: &str, path: &str, text: &str) -> Option<String> {
    match (target, path) {
        ("compose", "docker-compose.yaml") => {
            let nodes = text.split("\n  restate-minio:\n").next()?;
            Some(nodes.split("\n  restate-seaweedfs:\n").next()?.to_owned())
        }
        ("kubernetes", "nodes.yaml")
        | ("kubernetes-helm", "values.yaml")
        | ("kubernetes-operator", "restatecluster.yaml")
        | ("nomad", "restate.nomad.hcl") => Some(text.to_owned()),
        _ => None,
    }
}

/// An attacker who takes over a node can neither administer the store nor read what else it keeps.
#[test]
fn no_node_is_given_the_key_that_the_store_is_administered_with() {
    let mut checked = 0;
    for (store, own) in [
        ("minio", ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"]),
        (
            "seaweedfs",
            ["SEAWEEDFS_ACCESS_KEY", "SEAWEEDFS_SECRET_KEY"],
        ),
    ] {
        for vault in [json!(null), json!({"path": "restate/orders"})] {
            let cluster = json!({"nodes": 3, "object_store": store, "nomad": {"vault": vault}});
            let topology = resolved(&serde_json::from_value(cluster).expect("a cluster"));
            for target in TARGETS {
                for file in (target.render)(&topology, "restate-gen").files() {
                    let Some(text) = of_nodes(target.name, file.path, &file.text) else {
                        continue;
                    };
                    for name in own {
                        assert!(!text.contains(name), "{} of {store}: {name}", target.name);
                    }
                    assert!(text.contains("SNAPSHOT_SECRET_KEY"), "{}", target.name);
                    assert!(text.contains("restate-nodes"), "{}", target.name);
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 2 * 2 * TARGETS.len());
}

/// Keys that the user brings have their lines in `.env`, for each store that takes some.
#[test]
fn the_keys_that_the_user_gives_are_asked_for_by_store() {
    for (store, names) in [
        (
            json!({"kind": "s3", "region": "r", "credentials": "env"}),
            &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"][..],
        ),
        (
            json!({"kind": "gcs", "credentials": "env"}),
            &["GOOGLE_SERVICE_ACCOUNT_KEY"],
        ),
        (
            json!({"kind": "azure", "credentials": "env"}),
            &["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"],
        ),
        (
            json!({"kind": "azure", "account": "a", "credentials": "env"}),
            &["AZURE_STORAGE_ACCOUNT_KEY"],
        ),
        (json!({"kind": "gcs", "credentials": "ambient"}), &[]),
    ] {
        let cluster = json!({"nodes": 3, "object_store": store});
        let topology = resolved(&serde_json::from_value(cluster).expect("a cluster"));
        let keys = nodes_keys(&topology.object_store)
            .iter()
            .map(|key| key.name);
        assert_eq!(keys.collect::<Vec<_>>(), names, "{store}");
    }
}
