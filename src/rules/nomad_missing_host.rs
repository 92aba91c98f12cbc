//! RG645: hosts for only some of the nodes, or for too many.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// Hosts for only some of the nodes, or for too many.
pub static RULE: Rule = Rule {
    code: "RG645",
    slug: "nomad-missing-host",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The number of entries in `nomad.hosts` differs from the number of nodes.

## Why

The hosts belong to the nodes one by one, in the order of the nodes' ids. Each becomes a constraint of its node's group
([Nomad, constraint block](https://developer.hashicorp.com/nomad/docs/job-specification/constraint)). The other nodes
could not reach a node without a host, and one host too many suggests a miscount.

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
                "{hosts} {entries} for {nodes} nodes, so {} has none and cannot be reached",
                node.name
            ),
            DocPath::of(["nomad", "hosts"]),
        ),
        None => (
            format!("{hosts} {entries} for {nodes} nodes, so this one belongs to no node"),
            DocPath::of(["nomad", "hosts"]).index(nodes),
        ),
    };
    vec![Diagnostic::new(&RULE, at, message).help(
        "list one host for each node, in the order of their ids, or leave `hosts` out to use service discovery",
    )]
}
