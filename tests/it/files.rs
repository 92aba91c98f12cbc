//! Files that the server reads reach the nodes on every target.

use hcl::Body;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::tree::RenderedTree;
use restate_gen::validation::validate;
use serde_json::{Value, json};

/// The main file of the target, for a cluster with three files, one of which is not a secret.
fn rendered(target: &str, nomad: &str) -> RenderedTree {
    let text = format!(
        "settings: {{worker: {{invoker: {{request-identity-private-key-pem-file: /etc/restate/identity.pem}}}}}}\n\
         files:\n\
         - {{path: /etc/restate/identity.pem, file: './a$b/identity.pem', kubernetes: {{secret: keys, key: id}}, nomad: {{key: id}}}}\n\
         - {{path: /etc/company/ca.pem, file: ca.pem, kubernetes: {{config_map: company}}, nomad: {{key: ca, variable: nomad/jobs}}}}\n\
         - {{path: /etc/company-ca.pem, file: ca.pem, kubernetes: {{config_map: company, key: ca.pem}}, nomad: {{key: ca}}}}\n\
         compose: {{}}\nkubernetes: {{}}\nnomad: {nomad}\n"
    );
    let document = Document::parse("restate-cluster.yaml", text);
    let validation = validate(&document, &Policy::default());
    let topology = validation.topology().expect("a sound file");
    let target = TARGETS.iter().find(|known| known.name == target);
    (target.expect("a target").render)(&topology, "restate-gen")
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("YAML")
}

#[test]
fn compose_mounts_files_of_the_host_as_secrets_of_nodes_alone() {
    let tree = rendered("compose", "{}");
    let file = yaml(&tree.main().text);
    assert_eq!(
        file["secrets"],
        json!({
            "etc-restate-identity.pem": {"file": "./a$$b/identity.pem"},
            "etc-company-ca.pem": {"file": "ca.pem"},
            "etc-company-ca.pem-3": {"file": "ca.pem"},
        })
    );
    for (name, service) in file["services"].as_object().expect("services") {
        let is_node = service["environment"]["RESTATE_NODE_NAME"].is_string();
        let secrets = if is_node {
            json!([
                {"source": "etc-restate-identity.pem", "target": "/etc/restate/identity.pem"},
                {"source": "etc-company-ca.pem", "target": "/etc/company/ca.pem"},
                {"source": "etc-company-ca.pem-3", "target": "/etc/company-ca.pem"},
            ])
        } else {
            Value::Null
        };
        assert_eq!(service["secrets"], secrets, "{name}");
        // Root without this capability cannot read what another user alone may read.
        let reads_all = service["cap_add"] == json!(["DAC_OVERRIDE"]);
        assert_eq!(reads_all, !secrets.is_null(), "{name}");
    }
    let without = (TARGETS[0].render)(
        &crate::golden::resolved(&serde_json::from_value(json!({})).expect("a cluster")),
        "restate-gen",
    );
    let without = &without.main().text;
    assert!(!without.contains("secrets:") && !without.contains("cap_add"));
}

/// The volumes of a pod and where they are mounted.
fn volumes() -> (Value, Value) {
    let secret =
        json!({"secretName": "keys", "defaultMode": 0o440, "items": [{"key": "id", "path": "id"}]});
    let company = json!({"name": "company", "items": [{"key": "ca.pem", "path": "ca.pem"}]});
    let mount = |name: &str, path: &str, key: &str| json!({"name": name, "mountPath": path, "subPath": key, "readOnly": true});
    (
        json!([
            {"name": "file-1", "secret": secret},
            {"name": "file-2", "configMap": company},
            {"name": "file-3", "configMap": company},
        ]),
        json!([
            mount("file-1", "/etc/restate/identity.pem", "id"),
            mount("file-2", "/etc/company/ca.pem", "ca.pem"),
            mount("file-3", "/etc/company-ca.pem", "ca.pem"),
        ]),
    )
}

#[test]
fn every_flavor_of_kubernetes_mounts_keys_of_secrets_and_config_maps() {
    let (volumes, mounts) = volumes();
    let tree = rendered("kubernetes", "{}");
    let nodes = &tree.file("nodes.yaml").expect("nodes").text;
    let set = nodes
        .split("\n---\n")
        .map(yaml)
        .find(|one| one["kind"] == "StatefulSet");
    let pod = &set.expect("a StatefulSet")["spec"]["template"]["spec"];
    let tail = |list: &Value| -> Vec<Value> {
        let list = list.as_array().expect("a list");
        list[list.len() - 3..].to_vec()
    };
    assert_eq!(json!(tail(&pod["volumes"])), volumes);
    assert_eq!(json!(tail(&pod["containers"][0]["volumeMounts"])), mounts);

    let values = yaml(&rendered("kubernetes-helm", "{}").main().text);
    assert_eq!(
        (&values["extraVolumes"], &values["extraVolumeMounts"]),
        (&volumes, &mounts)
    );
    let resource = yaml(&rendered("kubernetes-operator", "{}").main().text);
    let compute = &resource["spec"]["compute"];
    assert_eq!(
        (&compute["extraVolumes"], &compute["extraVolumeMounts"]),
        (&volumes, &mounts)
    );
}

#[test]
fn nomad_writes_files_from_variables_or_vault_and_mounts_them() {
    for (nomad, identity) in [
        (
            "{}",
            "[[ with nomadVar (printf \"nomad/jobs/%s\" (env \"NOMAD_META_cluster\")) ]][[ .id.Value ]][[ end ]]\n",
        ),
        (
            "{vault: {path: restate/orders}}",
            "[[ with secret \"secret/data/restate/orders\" ]][[ .Data.data.id ]][[ end ]]\n",
        ),
    ] {
        let tree = rendered("nomad", nomad);
        let text = &tree.main().text;
        hcl::from_str::<Body>(text).expect("HCL");
        assert!(
            text.contains(&format!("  file_1 = <<EOF\n{identity}EOF\n")),
            "{text}"
        );
        let own =
            "  file_2 = <<EOF\n[[ with nomadVar \"nomad/jobs\" ]][[ .ca.Value ]][[ end ]]\nEOF\n";
        assert!(text.contains(own), "{text}");
        for (number, path) in [
            (1, "restate/identity.pem"),
            (2, "company/ca.pem"),
            (3, "company-ca.pem"),
        ] {
            let mount = format!(
                "          source   = \"secrets/file-{number}\"\n          target   = \"/etc/{path}\"\n          readonly = true\n"
            );
            assert_eq!(text.matches(&mount).count(), 3, "on each node: {text}");
        }
        assert_eq!(text.matches("perms                = \"0400\"").count(), 9);
    }
    let script = &rendered("nomad", "{}")
        .file("prepare.sh")
        .expect("a script")
        .text
        .clone();
    assert!(script.contains("for item in id ca; do"), "{script}");
}

#[test]
fn guides_say_where_files_have_to_be() {
    for (target, said) in [
        (
            "compose",
            "| `./a$b/identity.pem` | `/etc/restate/identity.pem` |",
        ),
        (
            "kubernetes",
            "The Secret `keys` with the key `id` must be in the namespace: nodes read it as `/etc/restate/identity.pem`",
        ),
        (
            "kubernetes-helm",
            "The ConfigMap `company` with the key `ca.pem` must be in the namespace",
        ),
        (
            "kubernetes-operator",
            "The ConfigMap `company` with the key `ca.pem` must be in the namespace",
        ),
        (
            "nomad",
            "nomad var put -check-index=0 nomad/jobs/restate-cluster id=@identity.pem >/dev/null",
        ),
    ] {
        let tree = rendered(target, "{}");
        let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
        // However its lines are broken.
        let guide = guide.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(guide.contains(said), "{target}: {guide}");
    }
    let vault = rendered("nomad", "{vault: {path: restate/orders}}");
    let guide = &vault.file("OPERATIONS.md").expect("a guide").text;
    assert!(guide.contains("vault kv patch -mount=secret restate/orders id=@identity.pem"));
}
