//! RG811: a memory limit below the pools of the server.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::draft::compose_bytes;
use crate::import::rules::{Found, pools_of};
use crate::model::ByteSize;

/// A memory limit below the pools of the server.
pub static RULE: Rule = Rule {
    code: "RG811",
    slug: "memory-below-pools",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

The memory limit of a container is below what the server's memory pools may fill.

## Why

The pools of the server do not follow the limit (restatedev/restate issue 5304). By default they are more than 5 GiB in
1.7 and more than 10 GiB in 1.5. They fill up under load, and then the kernel kills the server, whenever the load
repeats. An idle server needs 260 MiB, so the limit looks fine at first (run: 1.7.12).

A generated cluster has pools that fit into its limit.

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
    mem_limit: 2g
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
    mem_limit: 8g
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds limits that the pools do not fit into.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        let places: [&[&str]; 2] = [&["deploy", "resources", "limits", "memory"], &["mem_limit"]];
        let Some(limit) = places.iter().find_map(|place| server.part.find(place)) else {
            continue;
        };
        let Some(bytes) = limit.text().and_then(|text| compose_bytes(&text)) else {
            continue;
        };
        let pools = pools_of(server);
        if pools > bytes {
            let message = format!(
                "the memory pools of {} may fill {}, and the limit is {}, so the kernel kills it under load",
                quoted(&server.service),
                ByteSize::bytes(pools).rounded_up(),
                ByteSize::bytes(bytes).rounded_up()
            );
            let help = "raise the limit, or lower the pools, first of all `RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE`";
            found.push(Found::new(&RULE, &limit.spot, message, help));
        }
    }
    found
}
