//! Which nodes restart: those whose own files differ, each once, and no other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use restate_gen::plan::{self, Action};
use restate_gen::targets::compose;
use restate_gen::topology::{NodeId, Topology};

use crate::simulation::Resolved;
use crate::tries::tries;

/// The text of each node's service.
fn services(topology: &Topology) -> BTreeMap<NodeId, String> {
    let tree = compose::render(topology, "restate-gen compose");
    let text = &tree.main().text;
    let service = |name: &str| {
        let (_, from) = text
            .split_once(&format!("\n  {name}:\n"))
            .expect("a service");
        let lines = from.lines().take_while(|line| line.starts_with("    "));
        lines.collect::<Vec<&str>>().join("\n")
    };
    let nodes = topology.nodes.iter();
    nodes.map(|node| (node.id, service(&node.name))).collect()
}

/// What a file may say, one of each.
const KEYS: &[&[&str]] = &[
    &["nodes: 3", "nodes: 4", "nodes: 5"],
    &[
        "",
        "replication: 1",
        "replication: 3",
        "replication: {logs: 2, partitions: 3}",
    ],
    &["", "metadata_servers: 1", "metadata_servers: all"],
    &["", "version: 1.6.2", "version: 1.7.10"],
    &[
        "",
        "resources: {memory: 4GiB}",
        "resources: {cpus: 4, reserve: {memory: 1GiB}}",
    ],
    &[
        "",
        "settings: {shutdown-timeout: 45s}",
        "settings: {log-filter: info}",
    ],
    &["", "telemetry: false"],
    &[
        "",
        "snapshots: {interval: 5m}",
        "snapshots: {destination: s3://other/place, retained: 3}",
    ],
    &[
        "",
        "object_store: seaweedfs",
        "object_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: s3://bucket/b}",
    ],
    &[
        "",
        "ports: {bind: 127.0.0.2}",
        "ports: {publish: [ingress]}",
        "ports: {scheme: sequential, ingress_bind: 127.0.0.1}",
    ],
    &["", "image: {repository: registry.example/restate}"],
    &["", "volumes: {size: 128GiB}"],
    &["", "kubernetes: {namespace: restate}"],
    &["", "nomad: {job: restate}"],
];

proptest! {
    #![proptest_config(tries(96))]

    #[test]
    fn nobody_restarts_unasked_when_all_is_brought_up_in_the_end(
        choices in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), KEYS.len()),
    ) {
        let file = |is_after: bool| -> String {
            let lines = KEYS.iter().zip(&choices).map(|(values, (before, after, changes))| {
                let chosen = if is_after && *changes { after } else { before };
                values[chosen.index(values.len())]
            });
            // A destination comes with some stores, and is given once.
            let mut seen = BTreeSet::new();
            let lines: Vec<&str> = lines.flat_map(str::lines).filter(|line| seen.insert(line.split(':').next())).collect();
            lines.join("\n")
        };
        let (before, after) = (Resolved::of(&file(false)), Resolved::of(&file(true)));
        let change = before.to(&after, None);
        let plan = plan::of(&change);
        let mut rolled = BTreeSet::new();
        for step in &plan.steps {
            if let Action::Roll { nodes } = &step.action {
                for node in nodes {
                    prop_assert!(rolled.insert(*node), "{node} restarts twice");
                }
            }
        }
        let (old, new) = (services(change.before), services(change.after));
        for (node, text) in &new {
            let differs = old.get(node).is_some_and(|old| old != text);
            prop_assert_eq!(rolled.contains(node), differs, "node {}: {} -> {}", node, file(false), file(true));
        }
    }
}

/// The nodes that the plan of a change restarts.
fn restarted(before: &str, after: &str) -> usize {
    let (before, after) = (Resolved::of(before), Resolved::of(after));
    let steps = plan::of(&before.to(&after, None)).steps;
    let rolled = steps.iter().map(|step| match &step.action {
        Action::Roll { nodes } => nodes.len(),
        _ => 0,
    });
    rolled.sum()
}

#[test]
fn what_stands_in_the_groups_of_nomad_restarts_every_node_and_a_priority_does_not() {
    let file = |key: &str| format!("nodes: 3\nnomad: {{{key}}}\n");
    for key in [
        r#"group: "meta {\n  team = \"orders\"\n}\n""#,
        r#"task: "env {\n  A = 1\n}\n""#,
        "host_network: private",
        "tags: {ingress: [a]}",
        "constraints: [{attribute: node.class, value: a}]",
    ] {
        assert_eq!(restarted(&file(""), &file(key)), 3, "{key}");
        assert_eq!(restarted(&file(key), &file("")), 3, "{key}");
        assert_eq!(restarted(&file(key), &file(key)), 0, "{key}");
    }
    // Only what is said counts, not how it is written.
    let (one, other) = (
        r#"group: "meta {\n  a = 1\n}\n""#,
        r#"group: "\n# x\nmeta {\na=1\n}""#,
    );
    assert_eq!(restarted(&file(one), &file(other)), 0);
    assert_eq!(restarted(&file(""), &file("priority: 80")), 0);
}
