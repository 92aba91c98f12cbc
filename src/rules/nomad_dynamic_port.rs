//! RG209: static ports that Nomad may give to any other job.

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{Cluster, NodeEntry};
use crate::places::{entry_of, node_path};
use crate::source::DocPath;
use crate::topology::ports::NOMAD_DYNAMIC;
use crate::topology::{Node, Topology};

/// Static ports that Nomad may give to any other job.
pub static RULE: Rule = Rule {
    code: "RG209",
    slug: "nomad-dynamic-port",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

On Nomad, a node or the bundled store has a static port from 20000 to 32000.

## Why

Clients assign ports of that range to any job ([client
configuration](https://developer.hashicorp.com/nomad/docs/configuration/client), `min_dynamic_port`,
`max_dynamic_port`). A node is tied to its volume, so it cannot be placed elsewhere. While another job holds the port,
the node waits: `reserved port collision`. `reserved { reserved_ports = "..." }` keeps a client from assigning a port.

## Fails

```yaml
nodes: 1
ports: {base: 21000}
nomad: {}
```

## Passes

```yaml
nodes: 1
ports: {base: 11000}
nomad: {}
```
"#,
};

/// Finds them, in one finding for each place of the file that they follow from.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.nomad.is_none() {
        return Vec::new();
    }
    let mut found: Vec<(DocPath, String, Vec<u16>)> = Vec::new();
    let mut add = |at: DocPath, owner: &str, numbers: Vec<u16>| {
        let numbers: Vec<u16> = numbers
            .into_iter()
            .filter(|number| NOMAD_DYNAMIC.contains(number))
            .collect();
        let is_known = found.iter().any(|(known, ..)| *known == at);
        if !numbers.is_empty() && !is_known {
            found.push((at, owner.to_owned(), numbers));
        }
    };
    for node in &topology.nodes {
        let numbers = node.ports().map(|port| node.static_ports.port(port.name));
        add(at(cluster, node), &node.name, numbers.collect());
    }
    if let Some((store, _, of_store)) = topology.object_store.bundled() {
        let numbers = vec![of_store.api_port, of_store.console_port];
        let at = match cluster.ports.as_ref().and_then(|ports| ports.base) {
            Some(base) if of_store.api_port == base => DocPath::of(["ports", "base"]),
            _ => DocPath::of(["object_store", "ports"]),
        };
        add(at, store, numbers);
    }
    let finding = |(at, owner, numbers): (DocPath, String, Vec<u16>)| {
        let plural = if numbers.len() == 1 { "" } else { "s" };
        let message = format!(
            "{owner} has static port{plural} {} in the range that Nomad assigns to any job, so it waits while another job holds one",
            listed(numbers)
        );
        Diagnostic::new(&RULE, at, message)
            .help("choose ports below 20000, or reserve these on the clients with `reserved_ports`")
    };
    found.into_iter().map(finding).collect()
}

/// What the node's ports follow from.
fn at(cluster: &Cluster, node: &Node) -> DocPath {
    let entry = entry_of(cluster, node);
    if matches!(entry, Some(NodeEntry::Node(entry)) if entry.ports.is_some()) {
        return node_path(node).key("ports");
    }
    let has_base = cluster
        .ports
        .as_ref()
        .is_some_and(|ports| ports.base.is_some());
    DocPath::of(["ports", if has_base { "base" } else { "scheme" }])
}
