//! RG807: a published port that nothing listens on.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::rules::Found;
use crate::model::PortName;

/// A published port that nothing listens on.
pub static RULE: Rule = Rule {
    code: "RG807",
    slug: "dead-port",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

A port of the container is published on which the server does not listen, such as 9071.

## Why

Versions before 1.2 had PostgreSQL's protocol on 9071, and many tutorials still publish it. The server listens on 8080,
9070 and 5122, unless its settings say otherwise (run: 1.5.3 to 1.7.12).

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
    ports: ['8080:8080', '9071:9071']
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
    ports: ['8080:8080', '127.0.0.1:9070:9070']
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds published ports that nothing listens on.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        let dead = server
            .ports
            .iter()
            .filter(|port| server.port_name(port.container).is_none());
        for port in dead {
            let [ingress, admin, fabric] = [PortName::Ingress, PortName::Admin, PortName::Fabric]
                .map(|name| server.listens_on(name));
            let message = format!(
                "nothing listens on port {} of {}",
                port.container,
                quoted(&server.service)
            );
            let help = format!(
                "remove it; the ingress is {ingress}, the admin API {admin}, the fabric {fabric}"
            );
            found.push(Found::new(&RULE, &port.spot, message, help));
        }
    }
    found
}
