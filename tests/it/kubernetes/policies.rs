//! Who meets whom: selectors, labels, network policies, what pods may do.

use std::collections::BTreeSet;

use restate_gen::topology::Topology;
use serde_json::{Value, json};

use super::{clusters, everything, objects, of_kind, rendered, topology, topology_of};

fn selects(selector: &Value, labels: &Value) -> bool {
    let selector = selector.as_object().expect("a selector");
    selector.iter().all(|(key, value)| labels[key] == *value)
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

/// The labels that Kubernetes recommends, but for the version: an upgrade would change all objects.
const RECOMMENDED: [&str; 5] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
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
                let has_version =
                    object["metadata"]["labels"]["app.kubernetes.io/version"].is_string();
                let is_step = name.contains("Job \"provision-");
                let changes = ["StatefulSet", "RestateCluster"].contains(&kind.as_str()) || is_step;
                assert_eq!(has_version, changes, "{name}");
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
    const STORE: &str = "object_store: {kind: s3, endpoint: 'http://store:7070', allow_http: true, region: any, credentials: ambient}\nsnapshots: {destination: s3://bucket/b}\nkubernetes: {service_account_annotations: {a: b}";
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
        "object_store: {kind: gcs, credentials: ambient}\nsnapshots: {destination: gs://bucket/b}\nkubernetes: {service_account_annotations: {a: b}}\n",
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
