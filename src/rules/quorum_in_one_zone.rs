//! RG306: the majority of the metadata quorum in one zone.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, Role};
use crate::source::DocPath;
use crate::topology::Topology;
use crate::topology::location::zone;

/// The majority of the metadata quorum in one zone.
pub static RULE: Rule = Rule {
    code: "RG306",
    slug: "quorum-in-one-zone",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The nodes are in several zones, and the majority of the metadata servers is in one of them.

## Why

Losing that zone loses the quorum, and with it the whole cluster, although the other zones are up. With three zones the
servers can be spread so that no zone has the majority ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)).

## Fails

```yaml
nodes:
  - {count: 2, first_id: 1, location: eu.a}
  - {count: 2, first_id: 11, location: eu.b}
```

## Passes

```yaml
nodes:
  - {count: 2, first_id: 1, location: eu.a}
  - {count: 2, first_id: 11, location: eu.b}
  - {count: 1, first_id: 21, location: eu.c}
```
"#,
};

/// Finds the zone whose loss loses the quorum.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let zones: BTreeSet<&str> = topology
        .nodes
        .iter()
        .filter_map(|node| zone(&node.location))
        .collect();
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    let mut total = 0;
    for node in topology.nodes_with(Role::MetadataServer) {
        total += 1;
        if let Some(zone) = zone(&node.location) {
            *members.entry(zone).or_default() += 1;
        }
    }
    // Other rules report a single server, and 2 of them.
    if zones.len() < 2 || total < 3 {
        return Vec::new();
    }
    let majority = members.into_iter().find(|(_, count)| *count > total / 2);
    majority
        .map(|(zone, count)| {
            let message = format!(
                "{count} of {total} metadata servers are in `{zone}`, so losing that zone stops the cluster"
            );
            let help = match zones.len() {
                2 => "add a node in a third zone to the metadata quorum",
                _ => "give the role `metadata-server` to nodes in other zones",
            };
            Diagnostic::new(&RULE, DocPath::of(["nodes"]).as_key(), message).help(help)
        })
        .into_iter()
        .collect()
}
