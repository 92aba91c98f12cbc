//! What Restate's own Helm chart and operator get, and what they cannot express.

use std::collections::BTreeSet;
use std::fs;

use restate_gen::diagnostic::At;
use restate_gen::facts::SettingStatus;
use restate_gen::model::Cluster;
use restate_gen::rules;
use restate_gen::rules::RULES;
use restate_gen::topology::Topology;
use serde_json::{Value, json};

use super::{everything, rendered, topology};
use crate::cli::{folder, run};
use crate::golden::{cluster, examples, resolved};

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    for (arguments, expected) in [
        (
            &["--namespace", "No_Namespace"][..],
            "--namespace No_Namespace",
        ),
        (
            &["--namespace", "kube-system"],
            "is reserved for Kubernetes",
        ),
        (
            &["--flavor", "helmet"],
            "`helmet` is not one of `raw`, `helm`, `operator`",
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
        let release = &topology.release;
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

/// Keys that the schema does not have, and the API server therefore drops silently.
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
    // What the chart sets on its own, besides the list.
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

/// Where the file says what its flavor cannot express.
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
