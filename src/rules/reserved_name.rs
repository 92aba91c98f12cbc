//! RG105: a node named like another service or volume.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::places::node_path;
use crate::topology::{Node, Topology};

/// A node named like another service or volume.
pub static RULE: Rule = Rule {
    code: "RG105",
    slug: "reserved-name",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node has the name of another service, the name `localhost`, or that of another node's volume (`<name>-data`). The
services are `cluster`, `provision`, `bucket`, `minio` and `seaweedfs`. In Compose they have `compose.prefix` in front
(`restate-minio`); in a file with a section `kubernetes` or `nomad` the plain names are reserved too.

## Why

Service names are host names in the network of the cluster, and in a Compose file each is the key of one service
([Compose specification, services](https://docs.docker.com/reference/compose-file/services/)). `localhost` always means
the machine itself, so no other node would reach it.

## Fails

```yaml
nodes:
  - {id: 1, name: restate-minio}
  - {id: 2}
  - {id: 3}
```

## Passes

```yaml
nodes:
  - {id: 1, name: orders-1}
  - {id: 2}
  - {id: 3}
```
"#,
};

/// Names of other services, and what each is.
const RESERVED: &[(&str, &str)] = &[
    ("bucket", "the step that creates the bucket"),
    ("cluster", "the service that waits for the whole cluster"),
    ("minio", "the bundled object store"),
    ("provision", "the provisioning step"),
    ("seaweedfs", "the bundled object store"),
];

/// Finds nodes whose name is taken by something else.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let names: HashMap<&str, &Node> = topology
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node))
        .collect();
    // Only Compose has a prefix.
    let has_plain_names = cluster.kubernetes.is_some() || cluster.nomad.is_some();
    let reserved = |name: &str| {
        let prefix = topology.compose.prefix.as_str();
        let prefixed = name.strip_prefix(prefix);
        let plain = has_plain_names.then_some(name);
        let mut others = RESERVED.iter();
        match others.find(|(other, _)| Some(*other) == prefixed || Some(*other) == plain) {
            Some((_, what)) => Some(*what),
            None => (name == "localhost").then_some("every machine's name for itself"),
        }
    };
    let mut found = Vec::new();
    for node in &topology.nodes {
        let at = || node_path(node).key("name");
        let name = node.name.as_str();
        let volume_of = name
            .strip_suffix("-data")
            .and_then(|other| names.get(other));
        if let Some(what) = reserved(name) {
            let message = format!("`{name}` is {what}, so a node of that name would override it");
            found.push(
                Diagnostic::new(&RULE, at(), message)
                    .help("choose another name, or leave `name` out for `restate-<id>`"),
            );
        } else if let Some(other) = volume_of {
            let message = format!("`{name}` is the volume of the node `{}`", other.name);
            found.push(
                Diagnostic::new(&RULE, at(), message)
                    .related(node_path(other), "its node")
                    .help("choose a name that does not end in `-data`"),
            );
        }
    }
    found
}
