//! RG612: nodes that must be spread and cannot be.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed, quoted};
use crate::model::Cluster;
use crate::model::kubernetes::Spread;
use crate::source::DocPath;
use crate::topology::Topology;

/// The label that identifies a machine.
const MACHINE: &str = "kubernetes.io/hostname";

/// Nodes that must be spread and cannot be.
pub static RULE: Rule = Rule {
    code: "RG612",
    slug: "kubernetes-spread",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: `spread` is `required`, but the file itself puts nodes together. Either `node_selector` names one
machine for all of them, or two locations are in one zone.

## Why

The scheduler counts only the machines that a pod may run on ([Kubernetes, topology spread
constraints](https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/)). If that is one
machine, or one zone, it finds nothing to object to. All nodes are then lost with that machine or zone, although the
file says that they must not be. Restate keeps copies apart by location, and treats two locations as two places.

What `required` promises: no pod goes to a machine that has a node while another machine that may have it has none. It
does not promise zones: machines without a zone label could then have no node at all. So zones are evened out where
possible, and `zones` binds a location's nodes to one.

Machines with taints that nodes do not tolerate are not counted. The Helm chart cannot express that: with it, tolerate
the taint or select other machines by `node_selector`.

## Fails

```yaml
nodes: 3
kubernetes: {spread: required, node_selector: {kubernetes.io/hostname: worker-1}}
```

## Passes

```yaml
nodes: 3
kubernetes: {spread: required, node_selector: {node-pool: restate}}
```
"#,
};

/// Finds what puts nodes together that must be spread.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    if topology.kubernetes.spread != Spread::Required {
        return Vec::new();
    }
    let mut found = Vec::new();
    let count = topology.nodes.len();
    if count > 1 && kubernetes.node_selector.contains_key(MACHINE) {
        let at = DocPath::of(["kubernetes", "node_selector"]).key(MACHINE);
        let message =
            format!("all {count} nodes must be spread, but `node_selector` names one machine");
        found.push(Diagnostic::new(&RULE, at, message).help(
            "select by a label that several machines have, or leave `spread` at `preferred`",
        ));
    }
    let mut locations: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (location, zone) in &topology.kubernetes.zones {
        if topology.nodes.iter().any(|node| node.location == *location) {
            locations.entry(zone).or_default().push(location);
        }
    }
    for (zone, together) in locations {
        if let [_, .., last] = together.as_slice() {
            let at = DocPath::of(["kubernetes", "zones"]).key(*last);
            let message = format!(
                "the locations {} must be apart, but all are in zone {}",
                listed(&together),
                quoted(zone)
            );
            found.push(
                Diagnostic::new(&RULE, at, message)
                    .help("give each location its own zone, or leave `spread` at `preferred`"),
            );
        }
    }
    found
}
