//! RG604: nodes that cannot have the pods that the file gives them.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::Cluster;
use crate::model::kubernetes::Flavor;
use crate::places::node_path;
use crate::source::DocPath;
use crate::topology::ids;
use crate::topology::kubernetes::{self, NodeSet};
use crate::topology::{NodeId, Topology};

/// Nodes that cannot have the pods that the file gives them.
pub static RULE: Rule = Rule {
    code: "RG604",
    slug: "kubernetes-place",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: the nodes of a count or of a group leave a gap in the pod numbers, two nodes share one, or a replacement
names a node that does not exist.

## Why

The pods of a StatefulSet are numbered without gaps, each with its own volume claim ([Kubernetes,
StatefulSets](https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity)). Restate never uses
an id twice. So when node 2 of three is retired, its pod stays: a node with a new id replaces it there, and the file
says which. Only the last pod of a StatefulSet can be removed.

## Fails

```yaml
nodes: 3
retired_ids: [2]
kubernetes: {}
```

## Passes

```yaml
nodes: 3
retired_ids: [2]
kubernetes: {replacements: [{id: 4, in_place_of: 2}]}
```
"#,
};

/// Finds pod numbers that are missing or used twice, and replacements that name no node.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    // The chart and the operator number their pods by themselves, and the server gives the ids.
    if topology.kubernetes.flavor != Flavor::Raw {
        return Vec::new();
    }
    let mut found = Vec::new();
    let is_node = |id: u32| topology.nodes.iter().any(|node| node.id == NodeId(id));
    let is_retired = |id: u32| cluster.retired_ids.contains(&id);
    for (index, replacement) in kubernetes.replacements.iter().enumerate() {
        let at = |key: &str| {
            DocPath::of(["kubernetes", "replacements"])
                .index(index)
                .key(key)
        };
        let (id, in_place_of) = (replacement.id, replacement.in_place_of);
        if !is_node(id) && !is_retired(id) {
            let message = format!("there is no node {id} that could replace another");
            found.push(
                Diagnostic::new(&RULE, at("id"), message)
                    .help("name a node of this file, or one of `retired_ids` that was lost later"),
            );
        }
        if !is_retired(in_place_of) {
            let message = format!("node {in_place_of} is not retired, so no node can replace it");
            found.push(
                Diagnostic::new(&RULE, at("in_place_of"), message)
                    .help(format!("add {in_place_of} to `retired_ids` if it is lost")),
            );
        }
    }
    if !found.is_empty() {
        return found;
    }
    for set in &topology.kubernetes.sets {
        let Some(first) = set
            .pods
            .first()
            .and_then(|pod| topology.nodes.iter().find(|node| node.id == pod.node))
        else {
            continue;
        };
        let mut nodes_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for pod in &set.pods {
            nodes_of.entry(pod.ordinal).or_default().push(pod.node.0);
        }
        for nodes in nodes_of.values().filter(|nodes| nodes.len() > 1) {
            let message = format!(
                "nodes {} share one pod of the StatefulSet `{}`",
                listed(nodes),
                set.name
            );
            found.push(
                Diagnostic::new(&RULE, DocPath::of(["kubernetes", "replacements"]), message)
                    .help("let each replacement replace a different node"),
            );
        }
        let gaps: Vec<u32> = set.gaps().collect();
        if let (false, Some(last)) = (gaps.is_empty(), set.pods.last()) {
            let message = format!(
                "no node has pod number {} of the StatefulSet `{}`, and a StatefulSet cannot leave a gap",
                listed(&gaps),
                set.name
            );
            let help = match left(cluster, topology, set) {
                Some(lost) => format!(
                    "let the newest node replace node {lost}: `kubernetes: {{replacements: [{{id: {}, in_place_of: {lost}}}]}}`",
                    last.node
                ),
                None => "give the group as many nodes as it has pod numbers, and put the others in another group".into(),
            };
            found.push(Diagnostic::new(&RULE, node_path(first), message).help(help));
        }
    }
    found
}

/// The lowest retired node of the set that no node replaces, before its last pod.
fn left(cluster: &Cluster, topology: &Topology, set: &NodeSet) -> Option<u32> {
    let replacements = &cluster.kubernetes.as_ref()?.replacements;
    // Where groups touch, the last one that begins before an id is the one whose place it had.
    let is_of_set = |id: u32| {
        let first = ids::original(id, replacements);
        let sets = topology.kubernetes.sets.iter();
        let begun = sets.filter(|set| set.first_ordinal() > 0 && set.first_id <= first);
        begun.map(|set| set.first_id).max() == Some(set.first_id)
    };
    let last = set.pods.last()?.ordinal;
    let is_left = |id: u32| {
        let ordinal = kubernetes::ordinal(id, set.first_id, replacements);
        ordinal < last && set.pods.iter().all(|pod| pod.ordinal != ordinal)
    };
    let retired = cluster.retired_ids.iter().copied();
    retired
        .filter(|id| !replacements.iter().any(|one| one.in_place_of == *id))
        .filter(|id| is_of_set(*id) && is_left(*id))
        .min()
}
