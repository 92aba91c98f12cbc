//! What the cluster file says of pods reaches the pods that it is said of, whoever writes them.

use restate_gen::topology::Topology;
use serde_json::{Value, json};

use super::{objects, of_kind, rendered, topology, topology_of};

/// The pod templates of a target's files, each with the name of its object.
fn templates(target: &str, topology: &Topology) -> Vec<(String, Value)> {
    let tree = rendered(target, topology);
    let files = tree.files().iter();
    let files = files.filter(|file| file.path.ends_with(".yaml") && file.path != "values.yaml");
    files
        .flat_map(|file| file.text.split("\n---\n"))
        .filter_map(|text| {
            let object: Value = serde_saphyr::from_str(text).expect("YAML");
            let template = object["spec"]["template"].clone();
            let name = object["metadata"]["name"].as_str()?.to_owned();
            template.is_object().then_some((name, template))
        })
        .collect()
}

/// The main file of the chart or the operator.
fn main_of(target: &str, topology: &Topology) -> Value {
    serde_saphyr::from_str(&rendered(target, topology).main().text).expect("YAML")
}

#[test]
fn what_is_said_of_all_pods_reaches_the_steps_and_the_store() {
    for (target, flavor, store, pods) in [
        ("kubernetes", "raw", "minio", 3),
        ("kubernetes", "raw", "seaweedfs", 3),
        ("kubernetes-helm", "helm", "minio", 2),
        ("kubernetes-operator", "operator", "seaweedfs", 2),
    ] {
        let mut file = json!({"nodes": 3, "object_store": store, "kubernetes": {
            "flavor": flavor,
            "tolerations": [{"key": "only", "value": "restate", "effect": "NoSchedule"}],
            "node_selector": {"pool": "restate"},
            "pod_labels": {"team": "orders"},
            "pod_annotations": {"example.com/cost": "a"},
            "image_pull_secrets": ["pull"],
        }});
        if flavor != "helm" {
            file["kubernetes"]["priority_class"] = json!("high");
            file["kubernetes"]["pod"] = json!({
                "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
                "affinity": {"nodeAffinity": {"a": 1}, "podAffinity": {"b": 1}},
            });
        }
        let topology = topology(file);
        let mut templates = templates(target, &topology);
        assert_eq!(templates.len(), pods, "{target}");
        match flavor {
            "helm" => {
                let values = main_of(target, &topology);
                let template = json!({
                    "metadata": {"labels": values["podLabels"], "annotations": values["podAnnotations"]},
                    "spec": values,
                });
                templates.push(("restate".into(), template));
            }
            "operator" => {
                let compute = main_of(target, &topology)["spec"]["compute"].clone();
                let template = json!({"metadata": compute, "spec": compute});
                templates.push(("restate".into(), template));
            }
            _ => {}
        }
        for (name, template) in templates {
            let (metadata, spec) = (&template["metadata"], &template["spec"]);
            let at = format!("{target}: {name}: {template}");
            assert_eq!(metadata["labels"]["team"], "orders", "{at}");
            assert_eq!(metadata["annotations"]["example.com/cost"], "a", "{at}");
            let toleration = json!({"key": "only", "operator": "Equal", "value": "restate", "effect": "NoSchedule"});
            assert_eq!(spec["tolerations"], json!([toleration]), "{at}");
            assert_eq!(spec["nodeSelector"], json!({"pool": "restate"}), "{at}");
            assert_eq!(spec["imagePullSecrets"], json!([{"name": "pull"}]), "{at}");
            if flavor == "helm" {
                continue;
            }
            assert_eq!(spec["priorityClassName"], "high", "{at}");
            assert!(spec["dnsConfig"].is_object(), "{at}");
            assert_eq!(spec["affinity"]["nodeAffinity"], json!({"a": 1}), "{at}");
            // Which pods a pod avoids is said of the nodes alone.
            let is_node = name == "restate";
            assert_eq!(spec["affinity"]["podAffinity"].is_object(), is_node, "{at}");
        }
    }
}

#[test]
fn ids_can_be_left_to_the_platform() {
    let of = |security: Value, flavor: &str| {
        topology(json!({"nodes": 3, "kubernetes": {"flavor": flavor, "security": security}}))
    };
    let ids = ["runAsUser", "runAsGroup", "fsGroup"];
    for (security, expected) in [
        (json!({}), Some(1000)),
        (json!({"run_as_user": 1001}), Some(1001)),
        (json!({"run_as_user": "none"}), None),
    ] {
        for (name, template) in templates("kubernetes", &of(security.clone(), "raw")) {
            let context = &template["spec"]["securityContext"];
            for id in ids {
                assert_eq!(context[id].as_u64(), expected, "{name}: {context}");
            }
            assert_eq!(context["runAsNonRoot"], true, "{name}");
        }
        let values = main_of("kubernetes-helm", &of(security, "helm"));
        for (section, key) in [
            ("securityContext", "runAsUser"),
            ("securityContext", "runAsGroup"),
            ("podSecurityContext", "fsGroup"),
        ] {
            // `null` is there: it takes away the chart's own.
            let section = values[section].as_object().expect("a section");
            assert_eq!(section[key].as_u64(), expected, "{key}");
        }
    }
}

#[test]
fn keys_of_a_pod_are_merged_with_what_the_nodes_have() {
    let topology = topology(json!({"nodes": 3, "kubernetes": {
        "pod": {
            "volumes": [{"name": "ca", "secret": {"secretName": "ca"}}],
            "initContainers": [{"name": "proxy", "image": "p", "restartPolicy": "Always"}],
            "containers": [{"name": "agent", "image": "a"}],
            "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule"}],
            "automountServiceAccountToken": true,
            "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
        },
        "container": {
            "env": [{"name": "SSL_CERT_FILE", "value": "/ca/ca.crt"}],
            "envFrom": [{"configMapRef": {"name": "more"}}],
            "volumeMounts": [{"name": "ca", "mountPath": "/ca"}],
            "ports": [{"name": "debug", "containerPort": 6669}],
            "imagePullPolicy": "Always",
        },
    }}));
    let names = |list: &Value| -> Vec<String> {
        let items = list.as_array().expect("a list").iter();
        items
            .map(|item| item["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    for (name, template) in templates("kubernetes", &topology) {
        let spec = &template["spec"];
        if name != "restate" {
            assert_eq!(spec["automountServiceAccountToken"], false, "{name}");
            continue;
        }
        assert_eq!(names(&spec["volumes"]), ["config", "tmp", "ca"]);
        assert_eq!(names(&spec["initContainers"]), ["look", "proxy"]);
        assert_eq!(names(&spec["containers"]), ["restate", "agent"]);
        assert_eq!(spec["topologySpreadConstraints"][2]["topologyKey"], "rack");
        assert_eq!(spec["automountServiceAccountToken"], true);
        assert_eq!(spec["hostAliases"][0]["hostnames"][0], "a");
        let node = &spec["containers"][0];
        assert_eq!(
            names(&node["volumeMounts"]),
            ["data", "config", "tmp", "ca"]
        );
        assert_eq!(
            names(&node["ports"]),
            ["fabric", "ingress", "admin", "debug"]
        );
        assert!(names(&node["env"]).contains(&"SSL_CERT_FILE".to_owned()));
        assert_eq!(node["envFrom"][0]["configMapRef"]["name"], "more");
        assert_eq!(node["imagePullPolicy"], "Always");
    }
    let flavored = |flavor: &str| {
        super::topology(json!({"nodes": 3, "kubernetes": {
            "flavor": flavor,
            "pod": {
                "volumes": [{"name": "ca", "secret": {"secretName": "ca"}}],
                "initContainers": [{"name": "proxy", "image": "p", "restartPolicy": "Always"}],
            },
            "container": {
                "env": [{"name": "SSL_CERT_FILE", "value": "/ca/ca.crt"}],
                "volumeMounts": [{"name": "ca", "mountPath": "/ca"}],
                "imagePullPolicy": "Always",
            },
        }}))
    };
    let values = main_of("kubernetes-helm", &flavored("helm"));
    let resource = main_of("kubernetes-operator", &flavored("operator"));
    let compute = &resource["spec"]["compute"];
    assert_eq!(names(&values["extraInitContainers"]), ["proxy"]);
    assert_eq!(names(&compute["sidecars"]), ["proxy"]);
    assert_eq!(values["image"]["pullPolicy"], "Always");
    assert_eq!(compute["imagePullPolicy"], "Always");
    for main in [&values, compute] {
        assert_eq!(names(&main["extraVolumes"]), ["ca"]);
        assert_eq!(names(&main["extraVolumeMounts"]), ["ca"]);
        assert!(names(&main["env"]).contains(&"SSL_CERT_FILE".to_owned()));
    }
}

/// A variable of the nodes' container.
fn variable(topology: &Topology, name: &str) -> Option<String> {
    let sets = objects(topology);
    let sets = of_kind(&sets, "StatefulSet");
    let node = sets
        .iter()
        .find(|set| set["metadata"]["labels"]["app.kubernetes.io/component"] == "node")?;
    let variables = node["spec"]["template"]["spec"]["containers"][0]["env"].as_array()?;
    let found = variables.iter().find(|variable| variable["name"] == name)?;
    Some(found["value"].as_str()?.to_owned())
}

#[test]
fn servers_listen_on_the_families_that_the_services_have() {
    for (family, address, policy, families) in [
        (None, "0.0.0.0", Value::Null, Value::Null),
        (
            Some("ipv4"),
            "0.0.0.0",
            json!("SingleStack"),
            json!(["IPv4"]),
        ),
        (Some("ipv6"), "::", json!("SingleStack"), json!(["IPv6"])),
        (
            Some("dual_stack"),
            "::",
            json!("RequireDualStack"),
            json!(["IPv4", "IPv6"]),
        ),
    ] {
        for store in ["minio", "seaweedfs"] {
            let file =
                json!({"nodes": 3, "object_store": store, "kubernetes": {"ip_family": family}});
            let topology = topology(file);
            assert_eq!(
                variable(&topology, "RESTATE_BIND_IP").as_deref(),
                Some(address)
            );
            let objects = objects(&topology);
            let services = of_kind(&objects, "Service");
            assert_eq!(services.len(), 4);
            for service in services {
                assert_eq!(service["spec"]["ipFamilyPolicy"], policy, "{service}");
                assert_eq!(service["spec"]["ipFamilies"], families, "{service}");
            }
            let text = format!("-s3.ip.bind={address}");
            let store_file = &rendered("kubernetes", &topology);
            let store_file = &store_file.file("store.yaml").expect("a store").text;
            assert_eq!(store_file.contains(&text), store == "seaweedfs");
        }
    }
}

#[test]
fn a_namespace_of_others_is_neither_created_nor_labelled() {
    for (namespace, name, creates) in [
        (json!("orders"), "orders", true),
        (json!({"name": "orders"}), "orders", true),
        (json!({"name": "orders", "create": false}), "orders", false),
        (json!({"create": false}), "restate-cluster", false),
    ] {
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            let topology = topology(json!({"nodes": 3, "kubernetes": {"namespace": namespace}}));
            assert_eq!(topology.kubernetes.namespace, name);
            let tree = rendered(target, &topology);
            assert_eq!(tree.file("namespace.yaml").is_some(), creates, "{target}");
            let says = |text: &str| {
                let mut files = tree.files().iter();
                files.any(|file| file.text.contains(text))
            };
            assert_eq!(says("deletes the namespace"), creates, "{target}");
            assert_eq!(
                says("pod-security"),
                creates && target != "kubernetes-operator"
            );
        }
    }
}

#[test]
fn a_pod_asks_for_all_of_its_memory_unless_the_file_says_otherwise() {
    for (resources, expected) in [
        ("resources: {memory: 3GiB}", "3Gi"),
        ("resources: {memory: 3GiB, reserve: {cpus: 1}}", "3Gi"),
        ("resources: {memory: 3GiB, reserve: {memory: 1GiB}}", "1Gi"),
    ] {
        let topology = topology_of(&format!("nodes: 3\n{resources}\nkubernetes: {{}}\n"));
        let asked = |target: &str| match target {
            "kubernetes" => {
                let sets = templates(target, &topology);
                let (_, node) = sets
                    .iter()
                    .find(|(name, _)| name == "restate")
                    .expect("nodes");
                node["spec"]["containers"][0]["resources"].clone()
            }
            "kubernetes-helm" => main_of(target, &topology)["resources"].clone(),
            _ => main_of(target, &topology)["spec"]["compute"]["resources"].clone(),
        };
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            assert_eq!(asked(target)["requests"]["memory"], expected, "{target}");
            assert_eq!(asked(target)["limits"]["memory"], "3Gi", "{target}");
        }
    }
}

#[test]
fn logs_are_json_unless_the_file_says_otherwise() {
    for (settings, expected) in [
        (json!({}), "json"),
        (json!({"log-format": "compact"}), "compact"),
    ] {
        let topology = topology(json!({"nodes": 3, "settings": settings, "kubernetes": {}}));
        let format = variable(&topology, "RESTATE_LOG_FORMAT");
        assert_eq!(format.as_deref(), Some(expected));
        let values = main_of("kubernetes-helm", &topology);
        let variables = values["env"].as_array().expect("a list").iter();
        let formats: Vec<&Value> = variables
            .filter(|variable| variable["name"] == "RESTATE_LOG_FORMAT")
            .map(|variable| &variable["value"])
            .collect();
        assert_eq!(formats, [expected]);
    }
}

#[test]
fn services_have_the_type_and_annotations_of_the_file() {
    let file = |flavor: &str| {
        topology(
            json!({"nodes": 3, "kubernetes": {"flavor": flavor, "services": {
                "ingress": {"type": "LoadBalancer", "annotations": {"a": "b"}},
            }}}),
        )
    };
    let objects = objects(&file("raw"));
    for service in of_kind(&objects, "Service") {
        let is_ingress = service["metadata"]["name"] == "restate-ingress";
        let kind = if is_ingress {
            "LoadBalancer"
        } else {
            "ClusterIP"
        };
        assert_eq!(service["spec"]["type"], kind, "{service}");
        assert_eq!(service["metadata"]["annotations"]["a"] == "b", is_ingress);
    }
    let values = main_of("kubernetes-helm", &file("helm"));
    let expected = json!({"type": "LoadBalancer", "annotations": {"a": "b"}});
    assert_eq!(values["service"], expected);
    let resource = main_of("kubernetes-operator", &file("operator"));
    assert_eq!(
        resource["spec"]["security"]["serviceAnnotations"],
        json!({"a": "b"})
    );
}

#[test]
fn an_overlay_is_what_the_guide_and_the_plan_apply() {
    for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
        let topology = topology(json!({"nodes": 3, "kubernetes": {"overlay": "../prod"}}));
        let tree = rendered(target, &topology);
        for file in tree.files() {
            assert!(
                !file.text.contains("apply -k .\n"),
                "{target}: {}",
                file.path
            );
            assert!(!file.text.contains("-k .`"), "{target}: {}", file.path);
        }
        let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
        assert!(guide.contains("kubectl apply -k ../prod\n"), "{target}");
        assert!(guide.contains("kubectl diff -k ../prod\n"), "{target}");
    }
}

#[test]
fn the_ports_without_authentication_are_for_the_instance_and_whom_the_file_names() {
    let from = |network: Value, port: u64| -> Vec<Value> {
        let topology = topology(json!({"nodes": 3, "kubernetes": {"network": network}}));
        let objects = objects(&topology);
        let policies = of_kind(&objects, "NetworkPolicy");
        let nodes = policies
            .iter()
            .find(|policy| policy["metadata"]["name"] == "restate-nodes")
            .expect("a policy");
        let rules = nodes["spec"]["ingress"].as_array().expect("rules");
        let rule = rules.iter().find(|rule| rule["ports"][0]["port"] == port);
        let from = rule.expect("a rule")["from"].as_array();
        from.expect("peers").clone()
    };
    let instance = json!({"podSelector": {"matchLabels": {
        "app.kubernetes.io/instance": "restate-cluster", "app.kubernetes.io/part-of": "restate",
    }}});
    for port in [5122, 9070] {
        assert_eq!(from(json!({}), port), std::slice::from_ref(&instance));
    }
    let named = json!({"admin_from": [{}], "metrics_from": [{}]});
    for port in [5122, 9070] {
        let all = json!({"podSelector": {}});
        assert_eq!(from(named.clone(), port), [instance.clone(), all]);
    }
    // The operator's words: a list that is missing is for nobody else.
    for (network, is_there) in [(json!({}), false), (named, true)] {
        let file = json!({"nodes": 3, "kubernetes": {"flavor": "operator", "network": network}});
        let resource = main_of("kubernetes-operator", &topology(file));
        let peers = &resource["spec"]["security"]["networkPeers"];
        assert_eq!(peers["admin"].is_array(), is_there);
        assert_eq!(peers["metrics"].is_array(), is_there);
        assert_eq!(peers["ingress"], json!([]));
    }
}

#[test]
fn finished_jobs_go_unless_a_gitops_controller_would_bring_them_back() {
    for (gitops, expected) in [(false, Some(604_800)), (true, None)] {
        let file = json!({"nodes": 3, "kubernetes": {"gitops": gitops, "secret": "store"}});
        let objects = objects(&topology(file));
        let job = of_kind(&objects, "Job")[0];
        assert_eq!(job["spec"]["ttlSecondsAfterFinished"].as_u64(), expected);
        let budget = of_kind(&objects, "PodDisruptionBudget")[0];
        assert_eq!(budget["spec"]["unhealthyPodEvictionPolicy"], "AlwaysAllow");
    }
}

#[test]
fn with_istio_the_step_ends_next_to_its_sidecar_and_pods_call_istiod() {
    const NATIVE: &str = "sidecar.istio.io/nativeSidecar";
    let file = |flavor: &str| json!({"nodes": 3, "object_store": "minio", "kubernetes": {"flavor": flavor, "istio": "mesh"}});
    let all = objects(&topology(file("raw")));
    let annotations = &of_kind(&all, "Job")[0]["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(annotations[NATIVE], "true");
    for set in of_kind(&all, "StatefulSet") {
        assert!(set["spec"]["template"]["metadata"]["annotations"][NATIVE].is_null());
    }
    let policies = of_kind(&all, "NetworkPolicy");
    let policy = policies
        .iter()
        .find(|policy| policy["metadata"]["name"] == "restate-istio")
        .expect("a policy");
    let rule = json!({
        "ports": [{"port": 15012, "protocol": "TCP"}],
        "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mesh"}}}],
    });
    assert_eq!(policy["spec"]["egress"], json!([rule]));
    let resource = main_of("kubernetes-operator", &topology(file("operator")));
    let rules = resource["spec"]["security"]["networkEgressRules"].as_array();
    assert!(rules.expect("rules").contains(&rule), "{resource}");

    let without = objects(&topology(json!({"nodes": 3})));
    assert!(
        of_kind(&without, "NetworkPolicy")
            .iter()
            .all(|policy| policy["metadata"]["name"] != "restate-istio")
    );
}

/// The files are of this cluster alone, in a namespace that others made.
#[test]
fn a_namespace_of_the_command_line_is_created_by_whom_the_file_says() {
    for (namespace, creates) in [
        (json!("team"), true),
        (json!({"name": "team", "create": false}), false),
    ] {
        let folder = crate::cli::folder();
        let file = json!({"nodes": 3, "kubernetes": {"namespace": namespace}});
        std::fs::write(folder.path().join("restate-cluster.yaml"), file.to_string())
            .expect("written");
        let made = crate::cli::run(folder.path(), &["kubernetes", "--namespace", "other"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        assert_eq!(folder.path().join("namespace.yaml").exists(), creates);
        let nodes = std::fs::read_to_string(folder.path().join("nodes.yaml")).expect("generated");
        assert!(nodes.contains("namespace: other\n"), "{nodes}");
        let again = crate::cli::run(
            folder.path(),
            &["kubernetes", "--namespace", "other", "--check"],
        );
        assert_eq!(again.code, 0, "{}", again.stderr);
    }
}

/// The location is a label for Compose, whatever Kubernetes makes of the same file.
#[test]
fn copies_by_location_without_zones_are_refused_for_kubernetes_alone() {
    let nodes = "nodes:\n- {group: a, count: 2, first_id: 1, location: eu.a}\n- {group: b, count: 2, first_id: 11, location: eu.b}\n- {group: c, count: 2, first_id: 21, location: eu.c}\nreplication: {zone: 2}\n";
    for section in ["", "kubernetes: {}\n"] {
        for (verb, refused) in [("kubernetes", true), ("compose", false)] {
            let folder = crate::cli::folder();
            let text = format!("{nodes}{section}");
            std::fs::write(folder.path().join("restate-cluster.yaml"), text).expect("written");
            let made = crate::cli::run(folder.path(), &[verb]);
            let says = made.stderr.contains("RG617");
            assert_eq!(
                (says, made.code == 1),
                (refused, refused),
                "{verb} {section}: {}",
                made.stderr
            );
        }
    }
}
