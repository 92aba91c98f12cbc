//! RG801: a node that nothing names.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::rules::Found;

/// A node that nothing names.
pub static RULE: Rule = Rule {
    code: "RG801",
    slug: "no-node-name",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

Nothing names a node: neither `node-name` nor the `hostname` of the container.

## Why

The server takes its host name for its name, and a container's host name is its id, which changes whenever Compose
creates the container again. The server writes into a folder with its name (restatedev/restate
crates/types/src/config/mod.rs@v1.7.6), so it then starts on an empty folder, next to the data (restatedev/restate issue
5303).

A server that has data already must keep the name that it has: `restate-gen import --live` reads it.

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
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
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds servers that nothing names.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let unnamed = deployment
        .servers
        .iter()
        .filter(|server| server.setting("node-name").is_none() && server.hostname.is_none());
    unnamed
        .map(|server| {
            let message = format!(
                "nothing names the node in {}, so it is another node whenever its container is created again",
                quoted(&server.service)
            );
            let help = "set `RESTATE_NODE_NAME` to the name that the node has: that of its folder in the data";
            Found::new(&RULE, &server.spot, message, help)
        })
        .collect()
}
