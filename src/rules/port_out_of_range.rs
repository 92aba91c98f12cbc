//! RG202: an id for which no host port is left.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{Cluster, NodeEntry};
use crate::places::{entry_of, id_path};
use crate::source::DocPath;
use crate::topology::Topology;

/// An id for which no host port is left.
pub static RULE: Rule = Rule {
    code: "RG202",
    slug: "port-out-of-range",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node's id is so large that its port on the host would be above 65535. On Compose that is said of the ports that
`ports.publish` names, on Nomad of all.

## Why

A port is a 16-bit number ([RFC 9293, 3.1](https://www.rfc-editor.org/rfc/rfc9293#section-3.1)). Host ports are a fixed
number plus the id, so that no node ever changes another node's ports. An id above about fifty thousand leaves no port.

## Fails

```yaml
nodes:
  - {id: 60000}
```

## Passes

```yaml
nodes:
  - {id: 60000, ports: {ingress: 8080, admin: 9070, fabric: 5122}}
```
"#,
};

/// Finds the nodes with a port that is published, or that Nomad gives, and that is too high.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    // A block that ends before the id has its own finding.
    if cluster
        .ports
        .as_ref()
        .is_some_and(|ports| ports.base.is_some())
    {
        return Vec::new();
    }
    let mut found: BTreeMap<DocPath, Diagnostic> = BTreeMap::new();
    for node in &topology.nodes {
        let published = topology.published_ports(node);
        let mut missing: Vec<&str> = published
            .filter(|port| node.host_ports.port(port.name) == 0)
            .map(|port| port.name.name())
            .collect();
        // A job of Nomad has a port for each of a node's, whatever is published.
        if cluster.nomad.is_some() && missing.is_empty() {
            let all = node.ports();
            let none_left = all.filter(|port| node.static_ports.port(port.name) == 0);
            missing.extend(none_left.map(|port| port.name.name()));
        }
        if missing.is_empty() {
            continue;
        }
        let message = format!(
            "id {} leaves no host port below 65536 for {} of {}",
            node.id,
            listed(missing),
            node.name
        );
        let help = match entry_of(cluster, node) {
            Some(NodeEntry::Group(_)) => "give the group a lower `first_id`",
            _ => "give the node a lower id, or write its `ports`",
        };
        let at = id_path(cluster, node);
        found
            .entry(at.clone())
            .or_insert_with(|| Diagnostic::new(&RULE, at, message).help(help));
    }
    found.into_values().collect()
}
