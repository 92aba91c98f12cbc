//! RG507: a reservation above its limit.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, Reservation, Resources};
use crate::places::resource_layers;
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// A reservation above its limit.
pub static RULE: Rule = Rule {
    code: "RG507",
    slug: "reservation-over-limit",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

More CPU or memory is reserved for a node than it may use.

## Why

The reservation is part of what may be used, so engines refuse a request above the limit ([Kubernetes, resource
management](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/)).

## Fails

```yaml
resources: {memory: 1GiB, reserve: {memory: 2GiB}}
```

## Passes

```yaml
resources: {memory: 2GiB, reserve: {memory: 1GiB}}
```
"#,
};

/// Finds reservations that no engine grants.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for node in &topology.nodes {
        let resources = node.resources;
        let over = resources
            .cpus
            .filter(|limit| resources.reserved_cpus > *limit);
        let cpus = over.map(|limit| {
            format!(
                "{} reserved CPUs are more than the limit of {limit}",
                resources.reserved_cpus
            )
        });
        let over = resources.reserved_memory;
        let memory = over.filter(|reserved| *reserved > resources.memory);
        let memory = memory.map(|reserved| {
            format!(
                "{reserved} of reserved memory is more than the limit of {}",
                resources.memory
            )
        });
        let parts: [(&str, Option<String>, IsGiven, IsGiven); 2] = [
            (
                "cpus",
                cpus,
                |of| of.cpus.is_some(),
                |of| reserve(of).is_some_and(|of| of.cpus.is_some()),
            ),
            (
                "memory",
                memory,
                |of| of.memory.is_some(),
                |of| reserve(of).is_some_and(|of| of.memory.is_some()),
            ),
        ];
        for (key, message, is_limit, is_reserve) in parts {
            let Some(message) = message else {
                continue;
            };
            let at = place(cluster, node, is_reserve).key("reserve").key(key);
            let limit = place(cluster, node, is_limit).key(key);
            if !seen.insert((at.clone(), limit.clone())) {
                continue;
            }
            found.push(
                Diagnostic::new(&RULE, at, format!("{message}, which every engine refuses"))
                    .related(limit, "the limit")
                    .help("reserve at most the limit"),
            );
        }
    }
    found
}

type IsGiven = fn(&Resources) -> bool;

fn reserve(resources: &Resources) -> Option<&Reservation> {
    resources.reserve.as_ref()
}

/// The resources that give a value: those of the node before those of the cluster.
fn place(cluster: &Cluster, node: &Node, gives: IsGiven) -> DocPath {
    resource_layers(cluster, node)
        .find(|(_, resources)| gives(resources))
        .map_or_else(|| DocPath::of(["resources"]), |(at, _)| at)
}
