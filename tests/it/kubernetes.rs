//! What holds of the manifests whatever the cluster is: selectors meet, places stay, secrets are nowhere, the operator's resource fits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use restate_gen::diagnostic::At;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::facts::SettingStatus;
use restate_gen::model::{Cluster, Role};
use restate_gen::rules::RULES;
use restate_gen::source::Document;
use restate_gen::topology::Topology;
use restate_gen::tree::RenderedTree;
use restate_gen::validation::validate;
use restate_gen::{rules, schema};
use serde_json::{Value, json};

use crate::cli::{folder, run};
use crate::golden::{cluster, examples, resolved};

fn topology(file: Value) -> Topology {
    let cluster: Cluster = serde_json::from_value(file).expect("a cluster");
    resolved(&cluster)
}

/// A cluster that says everything which is Kubernetes' own.
fn everything() -> Value {
    json!({
        "name": "orders",
        "nodes": 3,
        "retired_ids": [2],
        "object_store": {"kind": "s3", "endpoint": "http://store.example:7070/x", "allow_http": true, "region": "any", "credentials": "ambient"},
        "snapshots": {"destination": "s3://orders/snapshots"},
        "volumes": {"class": "fast"},
        "kubernetes": {
            "namespace": "orders-prod",
            "service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/restate"},
            "pod_annotations": {"example.com/team": "it's: orders"},
            "image_pull_secrets": ["pull"],
            "priority_class": "high",
            "node_selector": {"node-pool": "restate"},
            "spread": "required",
            "tolerations": [{"key": "only", "value": "restate", "effect": "NoSchedule"}, {"key": "spot"}],
            "network": {
                "ingress_from": [{"namespace": "web", "pods": {"app": "gate"}}, {"cidr": "10.0.0.0/8"}],
                "admin_from": [{"namespace": "ops"}],
                "metrics_from": [{"pods": {"app": "prometheus"}}],
                "services_to": [{"pods": {"kind": "service"}}],
            },
            "monitoring": "service_monitor",
            "ingress": {"host": "restate.example.com", "class": "nginx", "tls_secret": "tls", "annotations": {"a": "b"}},
            "gateway": {"host": "restate.example.com", "name": "outer"},
            "replacements": [{"id": 4, "in_place_of": 2}],
        },
    })
}

fn rendered(target: &str, topology: &Topology) -> RenderedTree {
    let target = restate_gen::targets::TARGETS
        .iter()
        .find(|known| known.name == target)
        .expect("a target");
    (target.render)(topology, "restate-gen kubernetes")
}

/// All resources of the manifests.
fn objects(topology: &Topology) -> Vec<Value> {
    let tree = rendered("kubernetes", topology);
    let stream = restate_gen::targets::kubernetes::stream(&tree);
    stream
        .split("\n---\n")
        .flat_map(|text| text.split_inclusive("\n---\n"))
        .map(|text| serde_saphyr::from_str(text).expect("YAML"))
        .collect()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect()
}

fn selects(selector: &Value, labels: &Value) -> bool {
    let selector = selector.as_object().expect("a selector");
    selector.iter().all(|(key, value)| labels[key] == *value)
}

/// The topologies of all examples, and one that says everything.
fn clusters() -> Vec<Topology> {
    let mut clusters: Vec<Topology> = examples()
        .iter()
        .map(|example| resolved(&cluster(example)))
        .collect();
    clusters.push(topology(everything()));
    clusters
}

#[test]
fn a_file_that_says_everything_is_sound() {
    let text = everything().to_string();
    let found = rules::run(&schema::read(&Document::parse(
        "restate-cluster.yaml",
        text,
    )));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_selector_meets_the_pods_that_it_is_for_and_no_others() {
    for topology in clusters() {
        let objects = objects(&topology);
        let name = &topology.cluster_name;
        let pods: Vec<(&str, &Value)> = objects
            .iter()
            .filter(|object| object["kind"] == "StatefulSet" || object["kind"] == "Job")
            .map(|object| {
                let name = object["metadata"]["name"].as_str().expect("a name");
                (name, &object["spec"]["template"]["metadata"]["labels"])
            })
            .collect();
        let nodes: Vec<&(&str, &Value)> = pods
            .iter()
            .filter(|(_, labels)| labels["app.kubernetes.io/component"] == "node")
            .collect();
        for set in of_kind(&objects, "StatefulSet") {
            let selected: Vec<&str> = pods
                .iter()
                .filter(|(_, labels)| selects(&set["spec"]["selector"]["matchLabels"], labels))
                .map(|(name, _)| *name)
                .collect();
            assert_eq!(
                selected,
                [set["metadata"]["name"].as_str().expect("a name")],
                "{name}"
            );
        }
        for budget in of_kind(&objects, "PodDisruptionBudget") {
            let selector = &budget["spec"]["selector"]["matchLabels"];
            let selected = pods
                .iter()
                .filter(|(_, labels)| selects(selector, labels))
                .count();
            assert_eq!(selected, nodes.len(), "{name}");
        }
        for service in of_kind(&objects, "Service") {
            let selector = &service["spec"]["selector"];
            assert!(
                pods.iter().any(|(_, labels)| selects(selector, labels)),
                "{name}: nobody is behind {}",
                service["metadata"]["name"]
            );
        }
        for policy in of_kind(&objects, "NetworkPolicy") {
            let selector = &policy["spec"]["podSelector"]["matchLabels"];
            assert!(
                pods.iter().any(|(_, labels)| selects(selector, labels)),
                "{name}: nobody is meant by {}",
                policy["metadata"]["name"]
            );
        }
    }
}

/// The labels that Kubernetes recommends.
const RECOMMENDED: [&str; 6] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
];

/// All objects that `kubectl apply -k` makes of the files of a target, with the Secret that kustomize makes as one.
fn applied(target: &str, topology: &Topology) -> Vec<Value> {
    let tree = rendered(target, topology);
    let mut found = Vec::new();
    for file in tree.files() {
        if !file.path.ends_with(".yaml") || file.path == "values.yaml" {
            continue;
        }
        for text in file.text.split("\n---\n") {
            let object: Value = serde_saphyr::from_str(text).expect("YAML");
            for secret in object["secretGenerator"].as_array().into_iter().flatten() {
                found.push(json!({"kind": "Secret", "metadata": {
                    "name": secret["name"],
                    "namespace": secret["namespace"],
                    "labels": secret["options"]["labels"],
                }}));
            }
            if object["kind"] != "Kustomization" {
                found.push(object);
            }
        }
    }
    found
}

#[test]
fn every_object_is_labelled_and_in_the_namespace() {
    let mut strange = topology(json!({
        "nodes": 3,
        "object_store": {"kind": "minio", "version": format!("_{}-", "v".repeat(70))},
    }));
    strange.cluster_name = "orders".into();
    let mut kinds = BTreeSet::new();
    for topology in clusters().into_iter().chain([strange]) {
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            for object in applied(target, &topology) {
                let kind = object["kind"].as_str().expect("a kind").to_owned();
                let name = format!("{target}: {kind} {}", object["metadata"]["name"]);
                for label in RECOMMENDED {
                    let value = object["metadata"]["labels"][label].as_str();
                    let value = value.unwrap_or_else(|| panic!("{name} has no {label}"));
                    let ends = |c: char| c.is_ascii_alphanumeric();
                    assert!(
                        value.len() <= 63 && value.starts_with(ends) && value.ends_with(ends),
                        "{name}: {label} is {value:?}"
                    );
                }
                if !matches!(kind.as_str(), "Namespace" | "RestateCluster") {
                    assert_eq!(
                        object["metadata"]["namespace"], topology.kubernetes.namespace,
                        "{name}"
                    );
                }
                kinds.insert(kind);
            }
        }
    }
    assert!(kinds.len() > 12, "{kinds:?}");
}

#[test]
fn every_pod_meets_the_restricted_standard() {
    for topology in clusters() {
        for object in objects(&topology) {
            let pod = &object["spec"]["template"]["spec"];
            let Some(containers) = pod["containers"].as_array() else {
                continue;
            };
            let name = &object["metadata"]["name"];
            assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
            assert_eq!(pod["enableServiceLinks"], false, "{name}");
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{name}");
            assert_eq!(
                pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
                "{name}"
            );
            let before = pod["initContainers"].as_array().into_iter().flatten();
            for container in containers.iter().chain(before) {
                let context = &container["securityContext"];
                assert_eq!(context["allowPrivilegeEscalation"], false, "{name}");
                assert_eq!(context["readOnlyRootFilesystem"], true, "{name}");
                assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{name}");
                for side in ["requests", "limits"] {
                    assert!(container["resources"][side]["memory"].is_string(), "{name}");
                }
            }
        }
    }
}

#[test]
fn a_node_in_the_place_of_a_lost_one_changes_the_map_of_places_alone() {
    let before = topology(json!({"nodes": 3, "kubernetes": {}}));
    for (lost, pod) in [(1, "restate-1"), (2, "restate-2"), (3, "restate-3")] {
        let after = topology(json!({
            "nodes": 3, "retired_ids": [lost],
            "kubernetes": {"replacements": [{"id": 4, "in_place_of": lost}]},
        }));
        let by_name = |topology: &Topology| -> BTreeMap<String, Value> {
            objects(topology)
                .into_iter()
                .map(|object| {
                    (
                        format!("{} {}", object["kind"], object["metadata"]["name"]),
                        object,
                    )
                })
                .collect()
        };
        let (mut before, mut after) = (by_name(&before), by_name(&after));
        let places = "\"ConfigMap\" \"restate-nodes\"";
        let (was, is) = (
            before.remove(places).expect("places"),
            after.remove(places).expect("places"),
        );
        assert!(
            before == after,
            "something else changes when node {lost} is replaced"
        );
        let changed: Vec<&String> = is["data"]
            .as_object()
            .expect("a map")
            .iter()
            .filter(|(key, value)| was["data"][key.as_str()] != **value)
            .map(|(key, _)| key)
            .collect();
        assert_eq!(changed, [&format!("{pod}.toml")]);
        assert_eq!(
            is["data"][format!("{pod}.toml")],
            "node-name = \"restate-4\"\nforce-node-id = 4\nroles = [\"http-ingress\", \"admin\", \"worker\", \"log-server\", \"metadata-server\"]\n"
        );
    }
}

#[test]
fn a_cluster_that_grows_keeps_every_place() {
    let places = |file: Value| -> BTreeMap<String, String> {
        objects(&topology(file))
            .iter()
            .filter(|object| object["kind"] == "ConfigMap")
            .flat_map(|object| object["data"].as_object().expect("a map").clone())
            .map(|(pod, text)| {
                let text = text.as_str().expect("a text").to_owned();
                let name = text.lines().next().expect("a name").to_owned();
                (name, pod)
            })
            .collect()
    };
    for (before, after) in [
        (json!({"nodes": 3}), json!({"nodes": 9})),
        (
            json!({"nodes": [{"group": "a", "count": 2, "first_id": 1}, {"id": 21}]}),
            json!({"nodes": [{"id": 31}, {"group": "a", "count": 5, "first_id": 1}, {"group": "b", "count": 2, "first_id": 11}, {"id": 21}]}),
        ),
        (
            json!({"nodes": 3, "retired_ids": [2], "kubernetes": {"replacements": [{"id": 4, "in_place_of": 2}]}}),
            json!({"nodes": 6, "retired_ids": [2], "kubernetes": {"replacements": [{"id": 4, "in_place_of": 2}]}}),
        ),
    ] {
        let (before, after) = (places(before), places(after));
        for (node, pod) in &before {
            assert_eq!(after.get(node), Some(pod), "{node}");
        }
        let pods: BTreeSet<&String> = after.values().collect();
        assert_eq!(pods.len(), after.len(), "two nodes in one pod");
    }
}

/// The pod template of each StatefulSet.
fn templates(topology: &Topology) -> BTreeMap<String, Value> {
    of_kind(&objects(topology), "StatefulSet")
        .into_iter()
        .filter(|set| set["metadata"]["labels"]["app.kubernetes.io/component"] == "node")
        .map(|set| {
            let name = set["metadata"]["name"].as_str().expect("a name");
            (name.to_owned(), set["spec"]["template"].clone())
        })
        .collect()
}

#[test]
fn a_node_that_is_added_leaves_the_pod_template_of_the_others_as_it_was() {
    const GROUPS: &str = "metadata_servers: 3\nnodes:\n- {group: a, count: 2, first_id: 1}\n- {group: w, count: 1, first_id: 11, roles: [worker]}\n";
    for (before, after) in [
        ("nodes: 3\n", "nodes: 4\n"),
        ("nodes: 3\n", "nodes: 5\n"),
        ("nodes: 4\n", "nodes: 9\n"),
        (
            "nodes: 5\nretired_ids: [2]\nkubernetes: {replacements: [{id: 6, in_place_of: 2}]}\n",
            "nodes: 7\nretired_ids: [2]\nkubernetes: {replacements: [{id: 6, in_place_of: 2}]}\n",
        ),
        (
            "nodes: [{count: 3, first_id: 1}]\n",
            "nodes: [{count: 5, first_id: 1}]\n",
        ),
        (
            "nodes: [{id: 1}, {id: 2}, {id: 3}]\n",
            "nodes: [{id: 1}, {id: 2}, {id: 3}, {id: 4, roles: [worker]}]\n",
        ),
        (
            "metadata_servers: 3\nnodes:\n- {group: a, count: 3, first_id: 1}\n- {group: w, count: 1, first_id: 11, roles: [worker]}\n",
            "metadata_servers: 3\nnodes:\n- {group: a, count: 5, first_id: 1}\n- {group: w, count: 4, first_id: 11, roles: [worker]}\n- {id: 31}\n",
        ),
    ] {
        let (before, after) = (
            templates(&topology_of(before)),
            templates(&topology_of(after)),
        );
        for (set, template) in before {
            assert!(after.get(&set) == Some(&template), "{set} would restart");
        }
    }
    // Where the quorum grows, every node is told of its new members, and of nothing else.
    for (before, after) in [
        ("nodes: 2\n", "nodes: 3\n"),
        ("nodes: 5\n", "nodes: 5\nmetadata_servers: 5\n"),
        (
            GROUPS,
            "metadata_servers: 3\nnodes:\n- {group: a, count: 3, first_id: 1}\n- {group: w, count: 1, first_id: 11, roles: [worker]}\n",
        ),
    ] {
        let (before, after) = (
            templates(&topology_of(before)),
            templates(&topology_of(after)),
        );
        for (set, mut template) in before {
            let mut grown = after[&set].clone();
            assert!(grown != template, "{set} hears nothing of the new members");
            for template in [&mut template, &mut grown] {
                let variables = template["spec"]["containers"][0]["env"].as_array_mut();
                variables
                    .expect("a list")
                    .retain(|one| one["name"] != "RESTATE_METADATA_CLIENT__ADDRESSES");
            }
            assert!(grown == template, "{set}: something else changes too");
        }
    }
}

#[test]
fn a_role_that_is_given_restarts_the_nodes_that_get_it() {
    let before = "nodes:\n- {group: a, count: 3, first_id: 1}\n- {group: w, count: 1, first_id: 11, roles: [worker]}\n";
    let after = before.replace("[worker]", "[worker, log-server]");
    let (before, after) = (
        templates(&topology_of(before)),
        templates(&topology_of(&after)),
    );
    assert!(before["restate-a"] == after["restate-a"]);
    assert!(before["restate-w"] != after["restate-w"]);
}

#[test]
fn nodes_of_one_set_differ_in_nothing_but_who_they_are() {
    let mut clusters = clusters();
    // Those that keep metadata and those that do not, in each version.
    for release in restate_gen::facts::releases() {
        let file = json!({"version": release.text(), "nodes": [{"group": "a", "count": 7, "first_id": 1}]});
        clusters.push(topology(file));
    }
    for topology in clusters {
        for set in &topology.kubernetes.sets {
            let mut configurations = set.places.iter().map(|place| {
                let node = topology.nodes.iter().find(|node| node.id == place.node);
                let mut node = node.expect("a node").clone();
                node.roles.retain(|role| *role != Role::MetadataServer);
                (node.roles, node.location, node.resources, node.settings)
            });
            let first = configurations.next();
            assert!(
                configurations.all(|other| first.as_ref() == Some(&other)),
                "{} of {}",
                set.name,
                topology.cluster_name
            );
        }
    }
}

#[test]
fn the_provisioning_job_is_named_after_what_it_does() {
    let job = |file: Value| -> (Value, Value) {
        let objects = objects(&topology(file));
        let jobs = of_kind(&objects, "Job");
        (
            jobs[0]["metadata"]["name"].clone(),
            jobs[0]["spec"]["template"].clone(),
        )
    };
    let (name, template) = job(json!({"nodes": 3, "kubernetes": {}}));
    // What is not the Job's does not rename it; what is does.
    for same in [
        json!({"nodes": 3, "kubernetes": {}, "resources": {"cpus": 3}}),
        json!({"nodes": 3, "kubernetes": {"monitoring": "annotations"}}),
    ] {
        assert_eq!(job(same), (name.clone(), template.clone()));
    }
    for other in [
        json!({"nodes": 4, "kubernetes": {}}),
        json!({"nodes": 3, "version": "1.7.10", "kubernetes": {}}),
        json!({"nodes": 3, "kubernetes": {"secret": "mine"}}),
    ] {
        let (other_name, other_template) = job(other);
        assert_ne!(template, other_template);
        assert_ne!(name, other_name);
    }
}

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
        let secret = env
            .lines()
            .find_map(|line| line.strip_prefix("MINIO_ROOT_PASSWORD="))
            .expect("a password");
        assert!(secret.len() >= 20, "{flavor}");
        assert!(folder.path().join(file).exists());
        for entry in fs::read_dir(folder.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            if !path.ends_with(".env") {
                let text = fs::read_to_string(&path).expect("a text");
                assert!(!text.contains(secret), "{} holds a secret", path.display());
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
    for path in ["nodes.yaml", "store.yaml", "provision.yaml"] {
        let text = &tree.file(path).expect("there").text;
        assert!(
            text.contains("secretKeyRef: {name: mine, key: MINIO_ROOT_PASSWORD}"),
            "{path}"
        );
    }
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    for (arguments, expected) in [
        (
            &["--namespace", "No_Namespace"][..],
            "--namespace No_Namespace",
        ),
        (&["--namespace", "kube-system"], "Kubernetes' own"),
        (
            &["--flavor", "helmet"],
            "`helmet` is none of `raw`, `helm`, `operator`",
        ),
    ] {
        let folder = folder();
        let refused = run(
            folder.path(),
            &[&["k8s", "--nodes", "3"], arguments].concat(),
        );
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains(expected), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
    let folder = folder();
    let text = "nodes: 3\nkubernetes: {namespace: 'a: b', flavour: raw}\n";
    fs::write(folder.path().join("restate-cluster.yaml"), text).expect("writable");
    let refused = run(folder.path(), &["kubernetes"]);
    assert_eq!(refused.code, 1);
    for place in ["restate-cluster.yaml:2:25", "restate-cluster.yaml:2:33"] {
        assert!(refused.stderr.contains(place), "{refused:?}");
    }
}

#[test]
fn a_node_that_would_leave_its_data_behind_is_named() {
    let folder = folder();
    let written = |text: &str| {
        fs::write(folder.path().join("restate-cluster.yaml"), text).expect("writable");
        let run = run(folder.path(), &["kubernetes"]);
        (run.code == 0, run.stderr)
    };
    written("nodes: [{group: a, count: 3, first_id: 1}]\n");
    let before = fs::read_to_string(folder.path().join("nodes.yaml")).expect("written");
    for (file, pod) in [
        (
            "nodes: [{group: b, count: 3, first_id: 1}]\n",
            "restate-b-1",
        ),
        ("nodes: 3\n", "restate-1"),
        ("nodes: [{id: 1}, {id: 2}, {id: 3}]\n", "restate-1-0"),
    ] {
        let (is_written, said) = written(file);
        let expected = format!(
            "restate-1 moves from pod restate-a-1 to {pod} and leaves its data behind, and 2 more with it"
        );
        assert!(!is_written && said.contains(&expected), "{said}");
        let after = fs::read_to_string(folder.path().join("nodes.yaml")).expect("there");
        assert!(after == before, "{file} is written all the same");
    }
    let (_, replaced) = written(
        "nodes: [{group: a, count: 3, first_id: 1}]\nretired_ids: [2]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
    );
    assert!(
        replaced.contains("another node takes the place of restate-2; before you apply this"),
        "{replaced}"
    );
    assert!(!replaced.contains("no longer"), "{replaced}");
    let (_, fewer) = written(
        "nodes: [{group: a, count: 2, first_id: 1}]\nretired_ids: [2, 3]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
    );
    assert!(
        fewer.contains("restate-3 is no longer in the file")
            && !fewer.contains("restate-4 is no longer"),
        "{fewer}"
    );
}

/// The examples that the operator and the chart can express.
fn alike() -> Vec<Topology> {
    let flavored = |file: &mut Cluster| {
        file.kubernetes.get_or_insert_default().flavor =
            Some(restate_gen::model::kubernetes::Flavor::Operator);
    };
    let mut found: Vec<Topology> = examples()
        .iter()
        .filter_map(|example| {
            let mut file = cluster(example);
            flavored(&mut file);
            let topology = resolved(&file);
            let refused = RULES.iter().any(|(rule, check, _)| match check {
                rules::Check::Topology(check) if rule.code == "RG605" => {
                    !check(&file, &topology).is_empty()
                }
                _ => false,
            });
            (!refused).then_some(topology)
        })
        .collect();
    let mut file = everything();
    for key in ["ingress", "gateway", "replacements"] {
        file["kubernetes"]
            .as_object_mut()
            .expect("a section")
            .remove(key);
    }
    file["retired_ids"] = json!([]);
    file["kubernetes"]["flavor"] = json!("operator");
    found.push(topology(file));
    assert!(found.len() > 4);
    found
}

#[test]
fn a_resource_for_the_operator_fits_its_definition() {
    let text = fs::read_to_string("tests/data/restateclusters.crd.yaml").expect("committed");
    let definition: Value = serde_saphyr::from_str(&text).expect("YAML");
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let validator = jsonschema::validator_for(schema).expect("a schema");
    for topology in alike() {
        let tree = rendered("kubernetes-operator", &topology);
        let resource: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
        let errors: Vec<String> = validator
            .iter_errors(&resource)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        let mut unknown = Vec::new();
        unknown_keys(
            &resource["spec"],
            &schema["properties"]["spec"],
            "spec",
            &mut unknown,
        );
        assert!(unknown.is_empty(), "the API server would drop {unknown:?}");

        assert_eq!(resource["spec"]["cluster"]["autoProvision"], true);
        let configuration = resource["spec"]["config"].as_str().expect("a text");
        assert!(configuration.contains("auto-provision = false\n"));
        let keys: Vec<&str> = configuration
            .lines()
            .filter_map(|line| Some(line.split_once(" = ")?.0))
            .collect();
        assert!(keys.len() > 8);
        let release = topology.release;
        let known = |key: &&str| {
            matches!(
                release.setting(key),
                SettingStatus::Supported(_) | SettingStatus::Hidden(_)
            )
        };
        let strange: Vec<&&str> = keys.iter().filter(|key| !known(key)).collect();
        assert!(
            strange.is_empty(),
            "{} does not know {strange:?}",
            release.text()
        );
    }
}

/// Keys that the schema does not have, and the API server therefore drops without a word.
fn unknown_keys(value: &Value, schema: &Value, at: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let at = format!("{at}.{key}");
                match (
                    schema["properties"].get(key),
                    schema.get("additionalProperties"),
                ) {
                    (Some(inner), _) | (None, Some(inner)) => {
                        unknown_keys(value, inner, &at, unknown)
                    }
                    (None, None) => unknown.push(at),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                unknown_keys(item, &schema["items"], at, unknown);
            }
        }
        _ => {}
    }
}

#[test]
fn values_for_the_chart_name_no_variable_twice_and_found_nothing_by_themselves() {
    // What the chart sets by itself, beside the list.
    let own = [
        "POD_NAME",
        "SERVICE_NAME",
        "RESTATE_NODE_NAME",
        "RESTATE_LOG_FILTER",
        "RESTATE_ADVERTISED_ADDRESS",
    ];
    for topology in alike() {
        let tree = rendered("kubernetes-helm", &topology);
        let values: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
        let mut seen = BTreeSet::from(own.map(str::to_owned));
        let variables = values["env"].as_array().expect("a list");
        for variable in variables {
            let name = variable["name"].as_str().expect("a name");
            assert!(seen.insert(name.to_owned()), "{name} twice");
        }
        assert!(
            variables
                .iter()
                .any(|one| one["name"] == "RESTATE_AUTO_PROVISION" && one["value"] == "false")
        );
        assert_eq!(values["replicaCount"], topology.nodes.len());
    }
}

/// What a file resolves to.
fn topology_of(text: &str) -> Topology {
    let document = Document::parse("restate-cluster.yaml", text);
    validate(&document, &Policy::default())
        .topology()
        .expect("no error")
}

/// What the guide has people write after node 1 of such a file lost its disk.
const REPLACED: [(&str, &str); 3] = [
    (
        "nodes: 5\n",
        "nodes: 5\nretired_ids: [1]\nkubernetes: {replacements: [{id: 6, in_place_of: 1}]}\n",
    ),
    (
        "nodes: [{count: 5}]\n",
        "nodes: [{count: 5}]\nretired_ids: [1]\nkubernetes: {replacements: [{id: 6, in_place_of: 1}]}\n",
    ),
    (
        "nodes: [{group: a, count: 5, first_id: 1}]\n",
        "nodes: [{group: a, count: 5, first_id: 1}]\nretired_ids: [1]\nkubernetes: {replacements: [{id: 6, in_place_of: 1}]}\n",
    ),
];

#[test]
fn a_node_that_stands_in_for_the_first_moves_no_set_and_takes_over_its_place_in_the_quorum() {
    for (before, after) in REPLACED {
        let (before, after) = (topology_of(before), topology_of(after));
        let names = |topology: &Topology| -> Vec<String> {
            let sets = topology.kubernetes.sets.iter();
            sets.map(|set| set.name.clone()).collect()
        };
        assert_eq!(names(&before), names(&after));
        let places = |topology: &Topology| -> Vec<u32> {
            let sets = topology.kubernetes.sets.iter();
            sets.flat_map(|set| set.places.iter().map(|place| place.ordinal))
                .collect()
        };
        assert_eq!(places(&before), places(&after));
        let quorum: Vec<u32> = after
            .nodes_with(Role::MetadataServer)
            .map(|node| node.id.0)
            .collect();
        assert_eq!(quorum, [2, 3, 6]);
    }
}

#[test]
fn a_value_reaches_the_server_as_it_is_written_whatever_dollars_it_has() {
    for value in ["$", "$$", "$(POD_NAME)", "$$(POD_NAME)", "a$$b"] {
        let topology = topology_of(&format!("settings: {{log-filter: \"warn,x={value}\"}}\n"));
        let stream = restate_gen::targets::kubernetes::stream(&rendered("kubernetes", &topology));
        let expected = format!("warn,x={}", value.replace('$', "$$"));
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
fn a_failed_attempt_to_provision_leaves_its_log_and_another_is_made() {
    for topology in clusters() {
        let objects = objects(&topology);
        let jobs = of_kind(&objects, "Job");
        assert_eq!(jobs.len(), 1);
        let spec = &jobs[0]["spec"];
        assert_eq!(spec["template"]["spec"]["restartPolicy"], "Never");
        assert!(spec["backoffLimit"].as_u64().expect("a number") >= 3);
        // The guide waits for this one by its name: those of other contents may have failed long ago.
        let tree = rendered("kubernetes", &topology);
        let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
        let name = jobs[0]["metadata"]["name"].as_str().expect("a name");
        assert!(guide.contains(&format!(" job/{name} ")), "{name}");
        assert!(!guide.contains("job -l"));
    }
}

#[test]
fn the_guide_looks_whether_every_node_is_there_before_it_restarts_one() {
    for topology in clusters() {
        let tree = rendered("kubernetes", &topology);
        let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
        let (_, change) = guide.split_once("## Change something").expect("a section");
        let (before, _) = change.split_once("apply -k").expect("a step");
        let namespace = &topology.kubernetes.namespace;
        for set in &topology.kubernetes.sets {
            let wait = format!(
                "kubectl -n {namespace} wait --for=jsonpath='{{.status.readyReplicas}}'={} statefulset/{} ",
                set.places.len(),
                set.name
            );
            assert!(before.contains(&wait), "{wait}");
        }
    }
    for set in of_kind(&objects(&topology(everything())), "StatefulSet") {
        assert!(set["spec"]["minReadySeconds"].as_u64() >= Some(5));
    }
}

/// The ports that the nodes' policy lets them call, with how many kinds of peers: none is everybody.
fn egress(file: &str) -> Vec<(Vec<u64>, usize)> {
    let objects = objects(&topology_of(file));
    let policies = of_kind(&objects, "NetworkPolicy");
    let nodes = policies
        .iter()
        .find(|policy| policy["metadata"]["name"] == "restate-nodes")
        .expect("a policy");
    let rules = nodes["spec"]["egress"].as_array().expect("a list");
    rules
        .iter()
        .map(|rule| {
            let ports = rule["ports"].as_array().into_iter().flatten();
            let ports = ports.filter_map(|port| port["port"].as_u64()).collect();
            (ports, rule["to"].as_array().map_or(0, Vec::len))
        })
        .collect()
}

#[test]
fn nodes_reach_what_the_file_has_them_call() {
    let traces = egress(
        "settings: {tracing-endpoint: 'otlp+http://collector:4317/v1', tracing-services-endpoint: 'http://other'}\nkubernetes: {network: {services_to: [{namespace: web}]}}\n",
    );
    assert!(traces.contains(&(vec![80, 4317], 0)), "{traces:?}");
    let without_ports = egress(
        "settings: {tracing-endpoint: 'otlp+http://collector', tracing-services-endpoint: 'https://other'}\nkubernetes: {network: {services_to: [{namespace: web}]}}\n",
    );
    assert!(
        without_ports.contains(&(vec![80, 443], 0)),
        "{without_ports:?}"
    );
    let brokers = egress(
        "version: 1.6.2\nsettings: {ingress: {kafka-clusters: [{name: a, brokers: ['b1.example.com:9094', b2.example.com]}, {name: b, brokers: ['SASL_SSL://[fd00::1]:9096']}]}}\nkubernetes: {network: {services_to: [{namespace: web}]}}\n",
    );
    assert!(
        brokers.contains(&(vec![9092, 9094, 9096], 0)),
        "{brokers:?}"
    );
    let plain = egress("kubernetes: {network: {services_to: [{namespace: web}]}}\n");
    assert!(plain.iter().all(|(_, peers)| *peers > 0), "{plain:?}");
    const STORE: &str = "object_store: {kind: s3, endpoint: 'http://store:7070', allow_http: true, region: any, credentials: ambient}\nsnapshots: {destination: s3://a/b}\nkubernetes: {service_account_annotations: {a: b}";
    let tokens = egress(&format!(
        "{STORE}, network: {{services_to: [{{namespace: web}}]}}}}\n"
    ));
    for expected in [(vec![7070], 0), (vec![80], 2), (vec![443], 0)] {
        assert!(tokens.contains(&expected), "{expected:?} in {tokens:?}");
    }
    // Once is enough, where services may be anywhere behind that port.
    let open = egress(&format!("{STORE}}}\n"));
    let https = open.iter().filter(|(ports, _)| ports.contains(&443));
    assert_eq!(https.count(), 1);
    let google = egress(
        "object_store: {kind: gcs, credentials: ambient}\nsnapshots: {destination: gs://a/b}\nkubernetes: {service_account_annotations: {a: b}}\n",
    );
    assert!(google.contains(&(vec![988], 1)), "{google:?}");
}

/// The first port of each rule of what nodes may call that has ports.
fn first_ports(resource: &Value) -> Vec<u64> {
    let rules = &resource["spec"]["security"]["networkEgressRules"];
    rules
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|rule| rule["ports"][0]["port"].as_u64())
        .collect()
}

#[test]
fn the_operators_nodes_reach_a_store_and_a_collector_at_private_addresses() {
    let mut file = everything();
    for key in ["ingress", "gateway", "replacements"] {
        let section = file["kubernetes"].as_object_mut().expect("a section");
        section.remove(key);
    }
    file["settings"] = json!({
        "tracing-endpoint": "http://collector:4317",
        "ingress": {"kafka-clusters": [{"name": "a", "brokers": ["b1:9094"]}]},
    });
    let tree = rendered("kubernetes-operator", &topology(file));
    let resource: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
    assert_eq!(first_ports(&resource), [53, 7070, 80, 4317, 9094]);

    // Where no `services_to` says otherwise, a service may be behind that port anywhere.
    let open = topology_of("kubernetes: {flavor: operator}\n");
    let tree = rendered("kubernetes-operator", &open);
    let resource: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
    let rules = &resource["spec"]["security"]["networkEgressRules"];
    let https = json!({"ports": [{"port": 443, "protocol": "TCP"}]});
    assert!(rules.as_array().expect("a list").contains(&https));
}

#[test]
fn the_guides_of_the_chart_and_the_operator_name_the_pods_and_the_job_that_there_are() {
    for topology in alike() {
        for target in ["kubernetes-helm", "kubernetes-operator"] {
            let tree = rendered(target, &topology);
            let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
            let count = topology.nodes.len();
            assert!(guide.contains(&format!("'={count} statefulset/restate")));
            // One that stands alone has nobody to take over from it.
            let retires = guide.contains(&format!("delete pvc storage-restate-{} ", count - 1));
            assert_eq!(retires, count > 1, "{target}");
            assert!(!guide.contains(&format!("restate-{count} ")), "{target}");
            let jobs = ["provision.yaml", "bucket.yaml"]
                .into_iter()
                .filter_map(|path| {
                    let text = &tree.file(path)?.text;
                    let (_, job) = text.split_once("kind: Job\nmetadata:\n  name: ")?;
                    Some(job.lines().next()?.to_owned())
                });
            for job in jobs {
                assert!(guide.contains(&format!("job/{job}")), "{target}: {job}");
            }
        }
    }
}

/// The constraints of all pods of nodes, with what they are on.
fn spread_constraints(target: &str, topology: &Topology) -> Vec<Value> {
    let tree = rendered(target, topology);
    match target {
        "kubernetes" => of_kind(&objects(topology), "StatefulSet")
            .iter()
            .filter(|set| set["metadata"]["labels"]["app.kubernetes.io/name"] == "restate")
            .flat_map(|set| {
                let spec = &set["spec"]["template"]["spec"];
                spec["topologySpreadConstraints"]
                    .as_array()
                    .cloned()
                    .expect("a list")
            })
            .collect(),
        "kubernetes-operator" => {
            let resource: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
            let constraints = &resource["spec"]["compute"]["topologySpreadConstraints"];
            constraints.as_array().cloned().expect("a list")
        }
        _ => {
            let values: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
            vec![values["topologySpreadConstraints"].clone()]
        }
    }
}

#[test]
fn with_a_required_spread_no_pod_shares_a_machine_while_another_may_have_it() {
    for (spread, expected) in [
        ("preferred", "ScheduleAnyway"),
        ("required", "DoNotSchedule"),
    ] {
        let topology = topology(json!({"nodes": 3, "kubernetes": {"spread": spread}}));
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            let constraints = spread_constraints(target, &topology);
            assert!(!constraints.is_empty(), "{target}");
            for constraint in constraints {
                let is_of_machines = constraint["topologyKey"] == "kubernetes.io/hostname";
                // A zone is no reason to wait: there may be machines of none.
                let expected = if is_of_machines {
                    expected
                } else {
                    "ScheduleAnyway"
                };
                assert_eq!(constraint["whenUnsatisfiable"], expected, "{target}");
                let keys = constraint.as_object().expect("a constraint").len();
                match (target, spread) {
                    // The chart's template has words for these alone.
                    ("kubernetes-helm", _) => assert_eq!(keys, 3),
                    (_, "required") if is_of_machines => {
                        assert_eq!(constraint["nodeTaintsPolicy"], "Honor", "{target}");
                    }
                    _ => assert_eq!(keys, 4, "{target}"),
                }
            }
        }
    }
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

#[test]
fn prometheus_finds_annotations_whoever_makes_the_pods_and_none_stands_there_twice() {
    let topology = topology(json!({
        "nodes": 3,
        "kubernetes": {
            "monitoring": "annotations",
            "pod_annotations": {"prometheus.io/path": "/mine", "team": "orders"},
        },
    }));
    for (target, path) in [
        ("kubernetes-helm", "/podAnnotations"),
        ("kubernetes-operator", "/spec/compute/annotations"),
    ] {
        let tree = rendered(target, &topology);
        let main: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
        let expected = json!({
            "prometheus.io/scrape": "true",
            "prometheus.io/port": "5122",
            "prometheus.io/path": "/mine",
            "team": "orders",
        });
        assert_eq!(main.pointer(path), Some(&expected), "{target}");
    }
}

/// The values that lead somewhere, as paths: what is inside of those that the chart passes on as a whole does not count.
fn paths_of_values(values: &Value) -> Vec<String> {
    const OF_PARTS: [&str; 5] = [
        "image",
        "logging",
        "serviceAccount",
        "serviceMonitor",
        "storage",
    ];
    let values = values.as_object().expect("values");
    values
        .iter()
        .flat_map(|(key, value)| match value.as_object() {
            Some(parts) if OF_PARTS.contains(&key.as_str()) => {
                parts.keys().map(|part| format!("{key}.{part}")).collect()
            }
            _ => vec![key.clone()],
        })
        .collect()
}

#[test]
fn the_chart_of_each_version_takes_every_value_that_is_written_for_it() {
    for version in ["1.5.3", "1.6.2", "1.7.2", "1.7.12"] {
        let mut file = everything();
        file["version"] = json!(version);
        file["image"] = json!({"digest": format!("sha256:{}", "0".repeat(64))});
        file["retired_ids"] = json!([]);
        for key in [
            "ingress",
            "gateway",
            "replacements",
            "network",
            "priority_class",
        ] {
            let section = file["kubernetes"].as_object_mut().expect("a section");
            section.remove(key);
        }
        file["kubernetes"]["flavor"] = json!("helm");
        let refused = refused_for_its_flavor(&file);
        let expected: &[&str] = match version {
            "1.5.3" => &["kubernetes.tolerations", "image.digest"],
            "1.6.2" => &["kubernetes.tolerations"],
            _ => &[],
        };
        assert_eq!(refused, expected, "{version}");
        for path in refused {
            let (section, key) = path.split_once('.').expect("a key of a section");
            let section = file[section].as_object_mut().expect("a section");
            section.remove(key);
        }
        let topology = topology(file);
        let tree = rendered("kubernetes-helm", &topology);
        let values: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
        let dropped: Vec<String> = paths_of_values(&values)
            .into_iter()
            .filter(|path| !topology.release.chart_takes(path))
            .collect();
        assert!(dropped.is_empty(), "{version} drops {dropped:?}");
    }
}

/// Where the file says what its flavor has no words for.
fn refused_for_its_flavor(file: &Value) -> Vec<String> {
    let cluster: Cluster = serde_json::from_value(file.clone()).expect("a cluster");
    let topology = resolved(&cluster);
    RULES
        .iter()
        .filter_map(|(rule, check, _)| match check {
            rules::Check::Topology(check) if rule.code == "RG605" => Some(check),
            _ => None,
        })
        .flat_map(|check| check(&cluster, &topology))
        .filter_map(|found| match found.at {
            At::Place(place) => Some(place.path.to_string()),
            At::Bytes(_) | At::Flag(_) | At::Document => None,
        })
        .collect()
}

#[test]
fn no_more_pods_are_evicted_at_a_time_than_copies_of_a_partition_can_spare() {
    for (replication, expected, reason) in [
        (json!(3), 2, None),
        (json!({"logs": 3, "partitions": 3}), 2, None),
        (
            json!({"logs": 3, "partitions": 2}),
            1,
            Some("# 5 workers keep 2 copies of each partition: 1 to spare.\n"),
        ),
        // Else no machine could be emptied; a partition comes back on another node, as after any restart.
        (
            json!({"logs": 3, "partitions": 1}),
            1,
            Some("# 5 workers keep each partition once: it stands still until another has it.\n"),
        ),
        (
            json!({"logs": 2, "partitions": 3}),
            1,
            Some("# 5 workers keep 3 copies of each partition: 2 to spare.\n"),
        ),
    ] {
        let topology = topology(json!({"nodes": 5, "replication": replication}));
        let objects = objects(&topology);
        let budgets = of_kind(&objects, "PodDisruptionBudget");
        assert_eq!(budgets[0]["spec"]["maxUnavailable"], expected);
        let tree = rendered("kubernetes", &topology);
        let nodes = &tree.file("nodes.yaml").expect("a file").text;
        match reason {
            Some(reason) => assert!(nodes.contains(reason), "{reason}"),
            None => assert!(!nodes.contains("workers keep"), "{replication}"),
        }
    }
}

#[test]
fn names_are_asked_for_on_the_ports_that_resolvers_listen_on() {
    let expected: BTreeSet<(u64, &str)> = [53, 5353, 8053]
        .into_iter()
        .flat_map(|port| [(port, "TCP"), (port, "UDP")])
        .collect();
    fn ports(rule: &Value) -> BTreeSet<(u64, &str)> {
        let ports = rule["ports"].as_array().into_iter().flatten();
        ports
            .filter_map(|port| Some((port["port"].as_u64()?, port["protocol"].as_str()?)))
            .collect()
    }
    let topology = topology(json!({"nodes": 3}));
    let objects = objects(&topology);
    let policies = of_kind(&objects, "NetworkPolicy");
    let of_names = policies
        .iter()
        .find(|policy| policy["metadata"]["name"] == "restate-dns")
        .expect("a policy");
    assert_eq!(ports(&of_names["spec"]["egress"][0]), expected);
    let tree = rendered("kubernetes-operator", &topology);
    let resource: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
    let rules = &resource["spec"]["security"]["networkEgressRules"];
    assert_eq!(ports(&rules[0]), expected);
}

#[test]
fn what_is_said_of_the_numbers_of_pods_is_true_of_every_set() {
    for (file, expected) in [
        ("nodes: 3\n", "restate-1 has pod restate-1."),
        (
            "nodes: 3\nretired_ids: [1]\n",
            "restate-2 has pod restate-2.",
        ),
        (
            "nodes: [{group: base, count: 3, first_id: 11}]\n",
            "restate-11 has pod restate-base-11.",
        ),
        (
            "nodes: 3\nretired_ids: [1]\nkubernetes: {replacements: [{id: 4, in_place_of: 1}]}\n",
            "in pod restate-1 stands restate-4 now.",
        ),
    ] {
        let tree = rendered("kubernetes", &topology_of(file));
        let nodes = &tree.file("nodes.yaml").expect("a file").text;
        assert!(nodes.contains(expected), "{expected}");
        assert_eq!(nodes.matches("  # Pods are numbered ").count(), 1);
    }
}

#[test]
fn a_namespace_that_is_everybodys_is_not_said_to_be_deleted() {
    for (namespace, expected) in [("default", false), ("orders", true)] {
        let topology = topology(json!({"nodes": 3, "kubernetes": {"namespace": namespace}}));
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            let tree = rendered(target, &topology);
            let text = &tree.file("kustomization.yaml").expect("a file").text;
            let is_said = text.contains("it deletes the namespace with all data");
            assert_eq!(is_said, expected, "{target}");
            assert_eq!(text.matches("Never `kubectl delete -k`").count(), 1);
            assert_eq!(text.contains("- namespace.yaml\n"), expected, "{target}");
        }
    }
}
