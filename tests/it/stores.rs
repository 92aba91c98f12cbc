//! The bundled stores: who is given which of their keys.

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
