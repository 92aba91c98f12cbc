//! RG654: nodes that are at other addresses than the file says.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::nomad::HostNetwork;
use crate::model::{Cluster, PortName};
use crate::source::DocPath;
use crate::topology::Topology;

/// Nodes that are at other addresses than the file says.
pub static RULE: Rule = Rule {
    code: "RG654",
    slug: "nomad-host-network",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`nomad.hosts` is set, and the nodes' fabric ports are published on a network of the clients, `nomad.host_network`.

## Why

With `nomad.hosts` the nodes reach each other at these hosts: the addresses that the clients announce, or their names.
A port on another network of the client does not listen there ([Nomad, host
networks](https://developer.hashicorp.com/nomad/docs/job-specification/network#host-networks)), so the cluster never
forms. By service discovery, nodes find each other at whichever address they have.

## Fails

```yaml
nodes: 3
nomad: {hosts: [10.0.0.11, 10.0.0.12, 10.0.0.13], host_network: private}
```

## Passes

```yaml
nodes: 3
nomad: {host_network: private}
```
"#,
};

/// Finds the network.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(given) = cluster
        .nomad
        .as_ref()
        .and_then(|nomad| nomad.host_network.as_ref())
    else {
        return Vec::new();
    };
    let network = topology.nomad.host_network(PortName::Fabric);
    let Some(network) = network.filter(|_| !topology.nomad.hosts.is_empty()) else {
        return Vec::new();
    };
    let at = DocPath::of(["nomad", "host_network"]);
    let at = match given {
        HostNetwork::All(_) => at,
        HostNetwork::Each(_) => at.key("fabric"),
    };
    let message = format!(
        "nodes reach each other at `nomad.hosts`, but their fabric ports are published on the network {}",
        quoted(network)
    );
    let found = Diagnostic::new(&RULE, at, message)
        .help("leave `hosts` out, or publish only `ingress` and `admin` on that network");
    vec![found]
}
