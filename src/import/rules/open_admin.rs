//! RG809: a port without authentication that the network reaches.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::rules::Found;
use crate::model::PortName;

/// A port without authentication that the network reaches.
pub static RULE: Rule = Rule {
    code: "RG809",
    slug: "open-admin",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

The admin or the fabric port is published on every address of the host.

## Why

Neither has authentication ([Restate, security](https://docs.restate.dev/server/security)): whoever reaches the admin
API registers and removes services and reads the state, and whoever reaches the fabric port is a node. Docker opens a
published port in the host's firewall by itself.

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
    ports: ['9070:9070']
    volumes: ['data:/restate-data']
volumes: {data: {}}
```

## Passes

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
    ports: ['127.0.0.1:9070:9070']
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds private ports that the whole network reaches.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        for port in server.ports.iter().filter(|port| port.is_open()) {
            let Some(name @ (PortName::Admin | PortName::Fabric)) =
                server.port_name(port.container)
            else {
                continue;
            };
            let message = format!(
                "the {} port of {} has no authentication and is open on every address of the host",
                name.name(),
                quoted(&server.service)
            );
            let host = port.host.unwrap_or(port.container);
            let help = format!("write `127.0.0.1:{host}:{}`", port.container);
            found.push(Found::new(&RULE, &port.spot, message, help));
        }
    }
    found
}
