//! RG611: nodes that would move to other pods, away from their volumes.

use std::collections::BTreeMap;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed, quoted};
use crate::model::kubernetes::Flavor;
use crate::places::node_path;
use crate::source::DocPath;
use crate::topology::{Node, NodeId, Topology};

/// Nodes that would move to other pods, away from their volumes.
pub static RULE: Rule = Rule {
    code: "RG611",
    slug: "kubernetes-moved",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: a remaining node would move to another pod, or its location to another zone. The same holds where the
flavor changes between `raw` and `helm` or `operator`.

## Why

A pod's volume claim is named after the pod ([Kubernetes,
StatefulSets](https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage)). A count of nodes
is the StatefulSet `restate`, a group is one named after the group, and a single node has its own. So turning a count
into a list, or changing a group's name or `first_id`, gives every node a new pod with an empty volume. That pod refuses
to start, and `kubectl apply` leaves the old one running under the same id. Most volumes are in one zone, so a pod that
is sent to another zone cannot be scheduled.

## Fails

```yaml
nodes: 3
kubernetes: {}
```

becomes

```yaml
nodes: [{id: 1}, {id: 2}, {id: 3}]
kubernetes: {}
```

## Passes

```yaml
nodes: 3
kubernetes: {}
```

becomes

```yaml
nodes: 5
kubernetes: {}
```
"#,
};

/// Finds the nodes that would lose their volumes.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    if change.files.after.kubernetes.is_none() || change.files.before.kubernetes.is_none() {
        return Vec::new();
    }
    let (before, after) = (
        change.before.kubernetes.flavor,
        change.after.kubernetes.flavor,
    );
    // Chart and operator have the same claims, so a change between these two is theirs to carry out.
    if (before == Flavor::Raw) != (after == Flavor::Raw) {
        let message = format!(
            "flavor `{}` names pods and claims differently, so the volumes of `{}` are left behind",
            after.name(),
            before.name()
        );
        let at = DocPath::of(["kubernetes", "flavor"]);
        return vec![
            Diagnostic::new(&RULE, at, message).help(format!("leave it at `{}`", before.name())),
        ];
    }
    if after != Flavor::Raw {
        return Vec::new();
    }
    let mut found = moved(change);
    found.extend(zones(change));
    found
}

/// One finding for each entry of the file whose nodes move; one alone where all of them do.
fn moved(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (pods(change.before), pods(change.after));
    let mut moved: BTreeMap<Option<usize>, Vec<(&Node, &str, &str)>> = BTreeMap::new();
    let mut kept = 0;
    for (_, node) in change.kept() {
        kept += 1;
        if let (Some(was), Some(is)) = (before.get(&node.id), after.get(&node.id))
            && was != is
        {
            moved.entry(node.entry).or_default().push((node, was, is));
        }
    }
    let all: Vec<_> = moved.values().flatten().copied().collect();
    if moved.len() > 1 && all.len() == kept {
        return finding(DocPath::of(["nodes"]), &all).into_iter().collect();
    }
    moved
        .values()
        .filter_map(|nodes| finding(node_path(nodes.first()?.0), nodes))
        .collect()
}

/// That the nodes move, each with the pod where it was and the one where it would be.
fn finding(at: DocPath, nodes: &[(&Node, &str, &str)]) -> Option<Diagnostic> {
    let (node, was, is) = nodes.first()?;
    let others = match nodes.len() - 1 {
        0 => String::new(),
        others => format!(", and so would {others} more"),
    };
    let message = format!(
        "{} would move from pod {was} to {is} and lose its volume{others}",
        node.name
    );
    Some(Diagnostic::new(&RULE, at, message).help(
        "keep a count a count and a list a list, and keep each group's name and `first_id`; to move, add new nodes and retire these",
    ))
}

/// The pod of each node.
fn pods(topology: &Topology) -> BTreeMap<NodeId, String> {
    let sets = topology.kubernetes.sets.iter();
    sets.flat_map(|set| set.pods.iter().map(|pod| (pod.node, set.pod_name(pod))))
        .collect()
}

/// Locations whose zone changed, or was named for the first time.
fn zones(change: &Change) -> Vec<Diagnostic> {
    let zone_before: BTreeMap<&str, &str> = change
        .before
        .kubernetes
        .zones
        .iter()
        .map(|(location, zone)| (location.as_str(), zone.as_str()))
        .collect();
    let mut found = Vec::new();
    for (location, zone) in &change.after.kubernetes.zones {
        let stay: Vec<&str> = change
            .kept()
            .filter(|(_, node)| node.location == *location)
            .map(|(_, node)| node.name.as_str())
            .collect();
        let Some(first) = stay.first() else { continue };
        let nodes = if stay.len() <= 3 {
            listed(&stay)
        } else {
            format!("{first} and {} more", stay.len() - 1)
        };
        let at = DocPath::of(["kubernetes", "zones"]).key(location.as_str());
        match zone_before.get(location.as_str()) {
            Some(before) if before == zone => {}
            Some(before) => {
                let message = format!(
                    "the volumes of {nodes} are in zone {}, and no pod in {} can mount them",
                    quoted(before),
                    quoted(zone)
                );
                let help = format!(
                    "leave it at `{before}`; to move, add nodes in the new zone and retire these"
                );
                found.push(Diagnostic::new(&RULE, at, message).help(help));
            }
            None => {
                let message = format!(
                    "the volumes of {nodes} may be in any zone, and pods in {} can mount only those there",
                    quoted(zone)
                );
                found.push(
                    Diagnostic::new(&RULE, at, message)
                        .severity(Severity::Warning)
                        .help("check where they are: `kubectl get pv -o custom-columns=CLAIM:.spec.claimRef.name,ZONE:.spec.nodeAffinity.required.nodeSelectorTerms[*].matchExpressions[*].values`"),
                );
            }
        }
    }
    found
}
