//! Secrets, identities, and values that a shell or Kubernetes would read otherwise.

use std::fs;

use serde_json::json;

use super::{objects, of_kind, rendered, topology, topology_of};
use crate::cli::{folder, run};

#[test]
fn no_secret_stands_in_a_manifest_and_env_is_kept() {
    for (flavor, file) in [
        ("raw", "nodes.yaml"),
        ("helm", "values.yaml"),
        ("operator", "restatecluster.yaml"),
    ] {
        let folder = folder();
        let arguments = ["kubernetes", "--nodes", "3", "--flavor", flavor];
        assert_eq!(run(folder.path(), &arguments).code, 0, "{flavor}");
        let env = fs::read_to_string(folder.path().join(".env")).expect("written");
        let secrets = ["MINIO_ROOT_PASSWORD=", "SNAPSHOT_SECRET_KEY="].map(|name| {
            let mut lines = env.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .expect("a secret")
        });
        assert_ne!(secrets[0], secrets[1]);
        assert!(secrets.iter().all(|secret| secret.len() >= 20), "{flavor}");
        assert!(folder.path().join(file).exists());
        for entry in fs::read_dir(folder.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            if !path.ends_with(".env") {
                let text = fs::read_to_string(&path).expect("a text");
                let holds = secrets.iter().any(|secret| text.contains(secret));
                assert!(!holds, "{} holds a secret", path.display());
            }
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(".env"))
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let again = run(folder.path(), &arguments);
        assert!(!again.stderr.contains("updated"), "{again:?}");
        assert_eq!(
            env,
            fs::read_to_string(folder.path().join(".env")).expect("there")
        );
    }
}

#[test]
fn with_a_secret_of_the_users_none_is_made() {
    let tree = rendered(
        "kubernetes",
        &topology(json!({"nodes": 3, "kubernetes": {"secret": "mine"}})),
    );
    assert!(tree.file(".env").is_none());
    assert!(!tree.main().text.contains("secretGenerator"));
    for (path, key) in [
        ("nodes.yaml", "SNAPSHOT_SECRET_KEY"),
        ("store.yaml", "MINIO_ROOT_PASSWORD"),
        ("provision.yaml", "SNAPSHOT_SECRET_KEY"),
        ("provision.yaml", "MINIO_ROOT_PASSWORD"),
    ] {
        let text = &tree.file(path).expect("there").text;
        let expected = format!("secretKeyRef: {{name: mine, key: {key}}}");
        assert!(text.contains(&expected), "{path}: {key}");
    }
}

/// The key that administers the store is not in what the nodes refer to.
#[test]
fn nodes_and_store_have_a_secret_each() {
    for (store, own) in [
        ("minio", "MINIO_ROOT_PASSWORD"),
        ("seaweedfs", "SEAWEEDFS_SECRET_KEY"),
    ] {
        let tree = rendered(
            "kubernetes",
            &topology(json!({"nodes": 3, "object_store": store})),
        );
        let text = |path: &str| &tree.file(path).expect("there").text;
        assert!(text("nodes.yaml").contains("{name: restate-snapshots, key: SNAPSHOT_SECRET_KEY}"));
        assert!(!text("nodes.yaml").contains("restate-store"));
        assert!(text("store.yaml").contains(&format!("{{name: restate-store, key: {own}}}")));
        let kustomization: serde_json::Value =
            serde_saphyr::from_str(text("kustomization.yaml")).expect("YAML");
        let made = &kustomization["secretGenerator"];
        assert_eq!(made[0]["envs"], json!([".env"]));
        assert_eq!(made[1]["literals"], json!(["SNAPSHOT_SECRET_KEY="]));
        let copied = &kustomization["replacements"][0];
        assert_eq!(copied["source"]["name"], made[0]["name"]);
        assert_eq!(copied["source"]["fieldPath"], "data.SNAPSHOT_SECRET_KEY");
        assert_eq!(copied["targets"][0]["select"]["name"], "restate-snapshots");
    }
    // A store outside has no other key.
    let file = json!({"nodes": 3, "object_store": {"kind": "s3", "region": "x"}, "snapshots": {"destination": "s3://bucket/b"}});
    let tree = rendered("kubernetes", &topology(file));
    let text = &tree.file("kustomization.yaml").expect("there").text;
    assert!(!text.contains("replacements") && text.contains("name: restate-store"));
}

#[test]
fn a_value_reaches_the_server_as_it_is_written_whatever_dollars_it_has() {
    for value in ["$", "$$", "$(POD_NAME)", "$$(POD_NAME)", "a$$b"] {
        let topology = topology_of(&format!(
            "settings: {{log-filter: \"warn,x{value}=warn\"}}\n"
        ));
        let stream = restate_gen::targets::kubernetes::stream(&rendered("kubernetes", &topology));
        let expected = format!("warn,x{}=warn", value.replace('$', "$$"));
        assert!(stream.contains(&expected), "{value}");
    }
}

#[test]
fn the_bucket_is_the_one_of_the_file_whatever_dollars_its_path_has() {
    let file = json!({"nodes": 3, "snapshots": {"destination": "s3://restate/a$(ENDPOINT)$$b"}});
    let objects = objects(&topology(file));
    let job = of_kind(&objects, "Job")[0];
    let variables = &job["spec"]["template"]["spec"]["initContainers"][0]["env"];
    let destination = variables
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["name"] == "DESTINATION");
    assert_eq!(
        destination.expect("there")["value"],
        "s3://restate/a$$(ENDPOINT)$$$$b"
    );
}

#[test]
fn a_storage_account_of_the_file_is_told_to_the_nodes_and_asked_for_no_more() {
    const NAME: &str = "AZURE_STORAGE_ACCOUNT_NAME";
    for credentials in ["env", "ambient"] {
        let topology = topology(json!({
            "nodes": 3,
            "object_store": {"kind": "azure", "account": "ordersnapshots", "credentials": credentials},
            "snapshots": {"destination": "az://orders/snapshots"},
        }));
        for target in restate_gen::targets::TARGETS {
            let tree = (target.render)(&topology, "restate-gen");
            let nodes = tree.file("nodes.yaml").unwrap_or(tree.main());
            let lines: Vec<&str> = nodes.text.lines().collect();
            let told = lines.iter().enumerate().filter(|(index, line)| {
                // In one line or, on Kubernetes, in two.
                let next = lines.get(index + 1).unwrap_or(&"");
                line.contains(NAME) && format!("{line}{next}").contains("ordersnapshots")
            });
            assert!(told.count() > 0, "{} with {credentials}", target.name);
            if let Some(env) = tree.file(".env") {
                assert!(!env.text.contains(NAME), "{}", target.name);
                let asks = env.text.contains("AZURE_STORAGE_ACCOUNT_KEY");
                assert_eq!(asks, credentials == "env", "{}", target.name);
            }
        }
    }
}

#[test]
fn pods_ask_for_the_identity_of_azure_where_the_service_account_has_one() {
    const LABEL: &str = "azure.workload.identity/use: 'true'";
    let azure = json!({"kind": "azure", "account": "ordersnapshots", "credentials": "ambient"});
    let identity = json!({"azure.workload.identity/client-id": "0"});
    let role = json!({"eks.amazonaws.com/role-arn": "arn"});
    for (store, annotations, expected) in [
        (azure.clone(), identity.clone(), true),
        (azure.clone(), json!({}), false),
        (azure, role, false),
        (
            json!({"kind": "gcs", "credentials": "ambient"}),
            identity,
            false,
        ),
    ] {
        let topology = topology(json!({
            "nodes": 3,
            "object_store": store,
            "kubernetes": {"service_account_annotations": annotations},
        }));
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            let tree = rendered(target, &topology);
            let nodes = tree.file("nodes.yaml").unwrap_or(tree.main());
            let is_there = nodes.text.contains(LABEL)
                || nodes
                    .text
                    .contains("labels: {azure.workload.identity/use: 'true'}");
            assert_eq!(is_there, expected, "{target}");
        }
    }
}
