//! RG203: a host port that only root may open.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::places::ports::published_ports;
use crate::topology::Topology;

/// A host port that only root may open.
pub static RULE: Rule = Rule {
    code: "RG203",
    slug: "privileged-port",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A port below 1024 is published on the host.

## Why

Such ports are reserved for the system: engines that run without root cannot open them ([Docker, rootless
mode](https://docs.docker.com/engine/security/rootless/troubleshoot/)). Engines that can often find a server of the host
there.

## Fails

```yaml
nodes:
  - {id: 1, ports: {ingress: 80}}
  - {id: 2}
  - {id: 3}
```

## Passes

```yaml
nodes:
  - {id: 1, ports: {ingress: 8081}}
  - {id: 2}
  - {id: 3}
```
"#,
};

/// Ports below this one need a privilege.
const FIRST_FREE_PORT: u16 = 1024;

/// Finds published ports that need a privilege.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    published_ports(topology)
        .filter(|(port, _)| *port < FIRST_FREE_PORT)
        .map(|(port, published)| {
            let message = format!(
                "host port {port} for {} needs root, so a rootless engine does not start it",
                published.what()
            );
            Diagnostic::new(&RULE, published.at(cluster), message)
                .help("use port 1024 or higher; if it must be lower, put a proxy in front")
        })
        .collect()
}
