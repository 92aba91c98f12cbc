//! RG645: hosts for some of the nodes.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// Hosts for some of the nodes.
pub static RULE: Rule = Rule {
    code: "RG645",
    slug: "nomad-missing-host",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`nomad.hosts` has another number of entries than there are nodes.

## Why

The hosts belong to the nodes one by one, in the order of the nodes' ids; each becomes a constraint of its node's group ([Nomad, constraint block](https://developer.hashicorp.com/nomad/docs/job-specification/constraint)). A node without one has no address that the others could be told, and one too many says that somebody counted otherwise.

## Fails

```yaml
nodes: 3
nomad: {hosts: [10.0.0.11, 10.0.0.12]}
```

## Passes

```yaml
nodes: 3
nomad: {hosts: [10.0.0.11, 10.0.0.12, 10.0.0.13]}
```
"#,
};

/// Finds lists of hosts that do not fit the nodes.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let (hosts, nodes) = (topology.nomad.hosts.len(), topology.nodes.len());
    if cluster.nomad.is_none() || hosts == 0 || hosts == nodes {
        return Vec::new();
    }
    let entries = if hosts == 1 { "host" } else { "hosts" };
    let (message, at) = match topology.nodes.get(hosts) {
        Some(node) => (
            format!(
                "{hosts} {entries} for {nodes} nodes, so nobody knows where {} is",
                node.name
            ),
            DocPath::of(["nomad", "hosts"]),
        ),
        None => (
            format!("{hosts} {entries} for {nodes} nodes, so this one is of none of them"),
            DocPath::of(["nomad", "hosts"]).index(nodes),
        ),
    };
    vec![Diagnostic::new(&RULE, at, message).help(
        "name one host for each node, in the order of their ids, or none for service discovery",
    )]
}
