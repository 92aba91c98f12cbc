//! RG617: copies by location where pods may run anywhere.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::kubernetes::Flavor;
use crate::model::{Cluster, ReplicationProperty};
use crate::source::DocPath;
use crate::topology::Topology;

/// Copies by location where pods may run anywhere.
pub static RULE: Rule = Rule {
    code: "RG617",
    slug: "kubernetes-unplaced",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

For Kubernetes: `replication` counts regions or zones, and a location of nodes has no entry in `kubernetes.zones`.

## Why

A location is only a label to Restate: it keeps copies apart by it, wherever the pods run ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)). Without an entry the pods of a location have no node selector
and run anywhere. Then all copies of a record may be in one zone, or on one machine, and its loss is the loss of the
data.

## Fails

```yaml
nodes:
  - {group: a, count: 2, first_id: 1, location: eu.a}
  - {group: b, count: 2, first_id: 11, location: eu.b}
  - {group: c, count: 2, first_id: 21, location: eu.c}
replication: {zone: 2}
kubernetes: {}
```

## Passes

```yaml
nodes:
  - {group: a, count: 2, first_id: 1, location: eu.a}
  - {group: b, count: 2, first_id: 11, location: eu.b}
  - {group: c, count: 2, first_id: 21, location: eu.c}
replication: {zone: 2}
kubernetes: {zones: {eu.a: eu-1a, eu.b: eu-1b, eu.c: eu-1c}}
```
"#,
};

/// Finds locations that no node selector backs, where copies count on them.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    let by_location = [&topology.log_replication, &topology.partition_replication]
        .into_iter()
        .find(|replication| match replication {
            ReplicationProperty::Nodes(_) => false,
            ReplicationProperty::Scoped(scoped) => scoped.region.is_some() || scoped.zone.is_some(),
        });
    // What the chart and the operator cannot express is found elsewhere.
    let Some(replication) = by_location.filter(|_| topology.kubernetes.flavor == Flavor::Raw)
    else {
        return Vec::new();
    };
    let locations: BTreeSet<&str> = topology
        .nodes
        .iter()
        .map(|node| node.location.as_str())
        .filter(|location| !location.is_empty() && !kubernetes.zones.contains_key(*location))
        .collect();
    if locations.is_empty() {
        return Vec::new();
    }
    let locations: Vec<&str> = locations.into_iter().collect();
    let message = format!(
        "the replication {} counts on locations, and no node selector keeps the pods of {} there",
        replication.notation(),
        listed(&locations)
    );
    vec![
        Diagnostic::new(&RULE, DocPath::of(["replication"]), message)
            .help("give each location its zone in `kubernetes.zones`, or write a number of copies"),
    ]
}
