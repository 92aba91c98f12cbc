//! Which pod a node is, and what stays when others come, go or are replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use restate_gen::model::Role;
use restate_gen::topology::Topology;
use serde_json::{Value, json};

use super::{clusters, objects, of_kind, rendered, topology, topology_of};
use crate::cli::{folder, run};

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
                for containers in ["initContainers", "containers"] {
                    let variables = template["spec"][containers][0]["env"].as_array_mut();
                    variables
                        .expect("a list")
                        .retain(|one| one["name"] != "RESTATE_METADATA_CLIENT__ADDRESSES");
                }
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
            let mut configurations = set.pods.iter().map(|pod| {
                let node = topology.nodes.iter().find(|node| node.id == pod.node);
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
            "restate-1 would move from pod restate-a-1 to {pod} and lose its volume, and so would 2 more"
        );
        assert!(!is_written && said.contains(&expected), "{said}");
        let after = fs::read_to_string(folder.path().join("nodes.yaml")).expect("there");
        assert!(after == before, "{file} is written all the same");
    }
    let (_, replaced) = written(
        "nodes: [{group: a, count: 3, first_id: 1}]\nretired_ids: [2]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
    );
    for word in [
        "error[RG709]: restate-2 left",
        "error[RG711]",
        "restate-gen plan",
    ] {
        assert!(replaced.contains(word), "{replaced}");
    }
    let (_, fewer) = written(
        "nodes: [{group: a, count: 2, first_id: 1}]\nretired_ids: [2, 3]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
    );
    assert!(
        fewer.contains("restate-2 and restate-3 left the file"),
        "{fewer}"
    );
    let after = fs::read_to_string(folder.path().join("nodes.yaml")).expect("there");
    assert!(after == before, "something was written");
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
            sets.flat_map(|set| set.pods.iter().map(|pod| pod.ordinal))
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
                // A zone is not a reason to wait: there may be machines of none.
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
            "pod restate-1 has restate-4 now.",
        ),
    ] {
        let tree = rendered("kubernetes", &topology_of(file));
        let nodes = &tree.file("nodes.yaml").expect("a file").text;
        assert!(nodes.contains(expected), "{expected}");
        let said = [
            "  # Pods have the numbers of their nodes",
            "  # A replacement takes over the pod",
        ];
        let count: usize = said.iter().map(|said| nodes.matches(said).count()).sum();
        assert_eq!(count, 1);
    }
}
