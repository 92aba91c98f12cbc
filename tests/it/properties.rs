//! What holds for every sound cluster, whatever its shape.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::facts;
use restate_gen::model::Cluster;
use restate_gen::server::memory;
use restate_gen::source::Document;
use restate_gen::targets::{compose, kubernetes};
use restate_gen::topology::{self, Topology};
use restate_gen::validation::validate;
use serde_json::{Value, json};

use crate::golden::resolved;
use crate::tries::tries;

/// An entry of a list of nodes, with the ids that it may use.
#[derive(Debug, Clone)]
enum Entry {
    Node { id: u32, named: bool, zone: u8 },
    Group { first_id: u32, count: u32, zone: u8 },
}

impl Entry {
    fn value(&self) -> Value {
        let location = |zone: &u8| format!("eu.{}", char::from(b'a' + zone));
        match self {
            Entry::Node {
                id,
                named: true,
                zone,
            } => json!({"name": format!("restate-{id}"), "location": location(zone)}),
            Entry::Node {
                id,
                named: false,
                zone,
            } => json!({"id": id, "name": format!("node-{id}"), "location": location(zone)}),
            Entry::Group {
                first_id,
                count,
                zone,
            } => json!({"count": count, "first_id": first_id, "location": location(zone)}),
        }
    }
}

/// Entries with a hundred ids of room each, so that none runs into the next.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (any::<bool>(), any::<bool>(), 1..8u32, 0..3u8);
    prop::collection::vec(entry, 1..8).prop_map(|entries| {
        entries
            .into_iter()
            .zip((1..).step_by(100))
            .map(|((group, named, count, zone), first_id)| {
                if group {
                    Entry::Group {
                        first_id,
                        count,
                        zone,
                    }
                } else {
                    Entry::Node {
                        id: first_id,
                        named,
                        zone,
                    }
                }
            })
            .collect()
    })
}

fn clusters() -> impl Strategy<Value = Cluster> {
    let nodes = prop_oneof![
        (1..40u32).prop_map(Value::from),
        entries().prop_map(|entries| entries.iter().map(Entry::value).collect()),
    ];
    let versions: Vec<_> = facts::releases()
        .iter()
        .map(|release| release.text())
        .collect();
    let version = prop::sample::select(versions);
    let store = prop::sample::select(vec!["minio", "seaweedfs"]);
    let ports = prop::sample::select(vec![
        json!({}),
        json!({"scheme": "decimal"}),
        json!({"scheme": "sequential"}),
        json!({"base": 11_000}),
    ]);
    (nodes, version, store, 1..100u16, 1..16u64, ports).prop_map(
        |(nodes, version, store, partitions, gib, ports)| {
            let cluster = json!({
                "nodes": nodes,
                "version": version,
                "object_store": store,
                "partitions": partitions,
                "resources": {"memory": format!("{gib}GiB")},
                "ports": ports,
            });
            serde_json::from_value(cluster).expect("a cluster")
        },
    )
}

/// What another node must not change: name, ports and volume, by id.
fn identities(topology: &Topology) -> BTreeMap<u32, (String, [u16; 3])> {
    let identity = |node: &topology::Node| {
        let ports = node.host_ports;
        (
            node.id.0,
            (
                node.name.clone(),
                [ports.ingress, ports.admin, ports.fabric],
            ),
        )
    };
    topology.nodes.iter().map(identity).collect()
}

fn of(nodes: Value) -> BTreeMap<u32, (String, [u16; 3])> {
    let cluster: Cluster = serde_json::from_value(json!({"nodes": nodes})).expect("a cluster");
    identities(&resolved(&cluster))
}

proptest! {
    #![proptest_config(tries(24))]

    #[test]
    fn a_cluster_renders_to_a_compose_file_in_which_every_invariant_holds(cluster in clusters()) {
        let topology = resolved(&cluster);
        let tree = compose::render(&topology, "restate-gen compose");
        let file: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
        let services = file["services"].as_object().expect("services");
        let environments: BTreeMap<&str, Value> = topology.nodes.iter().map(|node| {
            let own = &services[&node.name]["environment"];
            (node.name.as_str(), own.clone())
        }).collect();

        let mut host_ports = BTreeSet::new();
        // A base has room for ids up to 99: RG207 refuses others.
        let is_refused = topology.nodes.iter().any(|node| node.host_ports.ingress == 0);
        for service in services.values().filter(|_| !is_refused) {
            for port in service["ports"].as_array().into_iter().flatten() {
                let text = port.as_str().expect("a text");
                let (_, after) = text.split_once(":-").expect("a default");
                let (number, _) = after.split_once('}').expect("an end");
                prop_assert!(host_ports.insert(number.to_string()), "{text} twice");
                prop_assert!(number.parse::<u16>().is_ok_and(|number| number > 0), "{text}");
            }
        }
        let peers: BTreeSet<&str> = environments.values()
            .map(|environment| environment["RESTATE_METADATA_CLIENT__ADDRESSES"].as_str().expect("peers")).collect();
        prop_assert_eq!(peers.len(), 1, "the same peers on all nodes");
        for node in &topology.nodes {
            let environment = &environments[node.name.as_str()];
            prop_assert_eq!(environment["RESTATE_AUTO_PROVISION"].as_str(), Some("false"));
            prop_assert_eq!(environment["RESTATE_NODE_NAME"].as_str(), Some(node.name.as_str()));
            let volume = format!("{}-data", node.name);
            prop_assert!(file["volumes"].as_object().expect("volumes").contains_key(&volume));
            prop_assert!(services[&node.name].get("depends_on").is_none(), "no node waits for another");
            let worst_case: u64 = memory::pools(&topology, node).iter().map(|pool| pool.worst_case.as_bytes()).sum();
            prop_assert!(worst_case <= node.resources.memory.as_bytes(), "{worst_case} over {}", node.resources.memory);
        }
        for (name, service) in services {
            let image = service["image"].as_str().expect("an image");
            let unquoted = |c: char| c.is_ascii_alphanumeric() || "${}:./_-@".contains(c);
            prop_assert!(image.chars().all(unquoted), "{name} has the image {image}");
        }
        let quorum = topology.nodes_with(restate_gen::model::Role::MetadataServer).count();
        prop_assert!(quorum % 2 == 1 && quorum <= 5, "{quorum} metadata servers");
        prop_assert_eq!(tree, compose::render(&topology, "restate-gen compose"), "the same bytes again");
    }

    #[test]
    fn a_node_keeps_name_id_ports_and_volume_when_others_come_and_go(entries in entries(), at in any::<prop::sample::Index>()) {
        let values = |entries: &[Entry]| entries.iter().map(Entry::value).collect::<Value>();
        let before = of(values(&entries));
        let at = at.index(entries.len());

        // One more, at any place.
        let mut more = entries.clone();
        more.insert(at, Entry::Node { id: 901, named: false, zone: 0 });
        let after = of(values(&more));
        prop_assert!(before.iter().all(|(id, identity)| after.get(id) == Some(identity)));
        prop_assert_eq!(after.len(), before.len() + 1);

        // One group grows.
        let mut grown = entries.clone();
        if let Entry::Group { count, .. } = &mut grown[at] {
            *count += 3;
            let after = of(values(&grown));
            prop_assert!(before.iter().all(|(id, identity)| after.get(id) == Some(identity)));
        }

        // One goes.
        let mut fewer = entries.clone();
        fewer.remove(at);
        if !fewer.is_empty() {
            let after = of(values(&fewer));
            prop_assert!(after.iter().all(|(id, identity)| before.get(id) == Some(identity)));
        }
    }

    #[test]
    fn clusters_of_different_bases_share_no_port_of_a_host(
        bases in prop::collection::btree_set(1..64u16, 2..8),
        offset in 0..1000u16,
        ids in prop::collection::btree_set(1..=99u32, 1..30),
        store in prop::sample::select(vec!["minio", "seaweedfs"]),
    ) {
        let mut taken = BTreeSet::new();
        for base in bases.into_iter().map(|thousand| thousand * 1000 + offset) {
            let nodes: Value = ids.iter().map(|id| json!({"id": id, "name": format!("restate-{id}")})).collect();
            let cluster = json!({"nodes": nodes, "object_store": store, "ports": {"base": base}});
            let cluster: Cluster = serde_json::from_value(cluster).expect("a cluster");
            let topology = resolved(&cluster);
            let (.., of_store) = topology.object_store.bundled().expect("a store");
            let mut ports = vec![of_store.api_port, of_store.console_port];
            for node in &topology.nodes {
                prop_assert_eq!(node.host_ports, node.static_ports);
                let host_ports = node.host_ports;
                ports.extend([host_ports.ingress, host_ports.admin, host_ports.fabric]);
            }
            for port in ports {
                prop_assert!(port >= base && port - base < 1000, "{port} of {base}");
                prop_assert!(taken.insert(port), "{port} twice");
            }
        }
    }

    #[test]
    fn a_count_that_grows_changes_no_node_that_is_there(count in 1..60u32, more in 1..60u32) {
        let (before, after) = (of(json!(count)), of(json!(count + more)));
        prop_assert!(before.iter().all(|(id, identity)| after.get(id) == Some(identity)));
    }
}

/// Clusters whose copies are requested by zone, in every distribution of the nodes.
fn zoned() -> impl Strategy<Value = Value> {
    let groups = prop::collection::vec((0..4u8, 1..5u32), 1..5);
    (groups, 1..4u8).prop_map(|(groups, copies)| {
        let nodes: Vec<Value> = groups
            .into_iter()
            .zip((1..).step_by(10))
            .map(|((zone, count), first_id)| {
                let entry = Entry::Group {
                    first_id,
                    count,
                    zone,
                };
                entry.value()
            })
            .collect();
        json!({"nodes": nodes, "replication": {"zone": copies}})
    })
}

proptest! {
    #![proptest_config(tries(64))]

    #[test]
    fn the_guide_the_budget_and_the_rule_agree_on_what_survives(file in zoned()) {
        let text = file.to_string();
        let document = Document::parse("restate-cluster.yaml", text);
        let report = validate(&document, &Policy::default());
        let codes: Vec<&str> = report.report.findings().iter().map(|finding| finding.diagnostic.rule.code).collect();
        let cluster: Cluster = serde_json::from_value(file.clone()).expect("a cluster");
        let topology = resolved(&cluster);
        prop_assume!(topology.nodes.len() > 1 && !codes.contains(&"RG301") && !codes.contains(&"RG304"));
        let stops = report.report.findings().iter().any(|finding| {
            let diagnostic = &finding.diagnostic;
            diagnostic.rule.code == "RG305"
                && (diagnostic.message.contains(" stops all writes: ") || diagnostic.message.contains("losing any log server loses"))
        });
        prop_assert_eq!(stops, topology.survival().log == 0, "{:?} {}", codes, file);
        let guide = compose::render(&topology, "restate-gen compose").file("OPERATIONS.md").expect("a guide").text.clone();
        let lost = if topology.survival().log == 1 { "1 node".to_owned() } else { format!("{} nodes", topology.survival().log) };
        let says = format!("Writes continue with {lost} lost");
        prop_assert!(guide.contains(&says), "{says}");
        let manifests = kubernetes::render(&topology, "restate-gen kubernetes").file("nodes.yaml").expect("nodes").text.clone();
        let spare = format!(": {} to spare.", topology.survival().log);
        let log_line = manifests.lines().find(|line| line.contains("log servers keep")).expect("a reason").to_owned();
        prop_assert!(log_line.ends_with(&spare), "{log_line}");
    }
}
