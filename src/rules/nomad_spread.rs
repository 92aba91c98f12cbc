//! RG648: nodes that no client may run because of `nomad.spread`.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// Nodes that no client may run because of `nomad.spread`.
pub static RULE: Rule = Rule {
    code: "RG648",
    slug: "nomad-spread",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

More nodes than `nomad.spread.most` are bound to clients with the same value of its attribute: by a host that they
share, or by their location.

## Why

The limit is a `distinct_property` constraint of the job, so the nodes above it are not placed and the deployment never
finishes ([Nomad, constraint
block](https://developer.hashicorp.com/nomad/docs/job-specification/constraint#distinct_property)).

## Fails

```yaml
nodes: 3
nomad: {one_host: true, spread: {attribute: meta.rack, most: 2}}
```

## Passes

```yaml
nodes: 3
nomad: {spread: {attribute: meta.rack, most: 2}}
```
"#,
};

/// Finds limits that the nodes cannot keep.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let nomad = &topology.nomad;
    let Some(spread) = nomad.spread.as_ref().filter(|_| cluster.nomad.is_some()) else {
        return Vec::new();
    };
    let bound: Vec<(String, usize)> =
        if nomad.location_attribute.as_deref() == Some(spread.attribute.as_str()) {
            let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
            for node in topology
                .nodes
                .iter()
                .filter(|node| !node.location.is_empty())
            {
                *nodes.entry(&node.location).or_default() += 1;
            }
            nodes
                .into_iter()
                .map(|(location, count)| (format!("`{location}`"), count))
                .collect()
        } else if nomad.one_host && nomad.hosts.is_empty() {
            vec![("the one host".to_owned(), topology.nodes.len())]
        } else {
            Vec::new()
        };
    bound
        .into_iter()
        .filter(|(_, count)| *count > spread.most as usize)
        .map(|(place, count)| {
            let message = format!(
                "{count} nodes for {place}, where `{}` has one value and {} may run: the others are not placed",
                spread.attribute, spread.most
            );
            Diagnostic::new(&RULE, DocPath::of(["nomad", "spread"]), message)
                .help(format!("set `most: {count}`, or leave `spread` out"))
        })
        .collect()
}
