//! RG606: locations and zones that do not match.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::{entries, node_path};
use crate::source::DocPath;
use crate::topology::Topology;

/// Locations and zones that do not match.
pub static RULE: Rule = Rule {
    code: "RG606",
    slug: "kubernetes-zone",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: `zones` has an entry for a location that no node has, or no entry for one that nodes have.

## Why

A location is only a label to Restate: it keeps copies apart by it, wherever the pods run ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)). With an entry in `zones` the pods of a location run in that
zone. Without one they run anywhere, and two copies in different locations may be on one machine.

## Fails

```yaml
nodes:
  - {group: a, count: 3, first_id: 1, location: eu.a}
  - {group: b, count: 3, first_id: 11, location: eu.b}
  - {group: c, count: 3, first_id: 21, location: eu.c}
kubernetes: {zones: {eu.a: eu-1a, eu.c: eu-1c}}
```

## Passes

```yaml
nodes:
  - {group: a, count: 3, first_id: 1, location: eu.a}
  - {group: b, count: 3, first_id: 11, location: eu.b}
  - {group: c, count: 3, first_id: 21, location: eu.c}
kubernetes: {zones: {eu.a: eu-1a, eu.b: eu-1b, eu.c: eu-1c}}
```
"#,
};

/// Finds zones without nodes, and nodes without a zone where others have one.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    if kubernetes.zones.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for location in kubernetes.zones.keys() {
        if !topology.nodes.iter().any(|node| node.location == *location) {
            let at = DocPath::of(["kubernetes", "zones"]).key(location.as_str());
            let message = format!(
                "no node has the location {}, so this zone has no effect",
                quoted(location)
            );
            found.push(Diagnostic::new(&RULE, at, message).help(
                "write the location as the nodes have it, region and zone with a dot between them",
            ));
        }
    }
    for entry in 0..entries(cluster).len() {
        let node = topology.nodes.iter().find(|node| node.entry == Some(entry));
        let Some(node) = node.filter(|node| !node.location.is_empty()) else {
            continue;
        };
        if !kubernetes.zones.contains_key(&node.location) {
            let message = format!(
                "{} has no zone, so its pods run on any machine, even next to those of other locations",
                quoted(&node.location)
            );
            found.push(
                Diagnostic::new(&RULE, node_path(node).key("location"), message)
                    .help("add its zone to `kubernetes.zones`"),
            );
        }
    }
    found
}
