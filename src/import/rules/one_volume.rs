//! RG803: one volume for several nodes.

use crate::diagnostic::{Rule, Severity, listed};
use crate::import::Deployment;
use crate::import::rules::Found;
use crate::import::server::Data;

/// One volume for several nodes.
pub static RULE: Rule = Rule {
    code: "RG803",
    slug: "one-volume",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

Several nodes keep their data in one volume or folder.

## Why

The log has copies on several nodes so that one disk may be lost. In one volume all copies are lost together. The server
does not notice, because each node has a folder with its own name (restatedev/restate
crates/types/src/config/mod.rs@v1.7.6).

`restate-gen import` gives each node a volume of its own, and its report has the commands that copy the data.

## Fails

```yaml
services:
  one:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment: &cluster
      RESTATE_NODE_NAME: one
      RESTATE_AUTO_PROVISION: 'false'
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://one:5122", "http://two:5122"]'
    volumes: ['data:/restate-data']
  two:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      <<: *cluster
      RESTATE_NODE_NAME: two
    volumes: ['data:/restate-data']
volumes: {data: {}}
```

## Passes

```yaml
services:
  one:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment: &cluster
      RESTATE_NODE_NAME: one
      RESTATE_AUTO_PROVISION: 'false'
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://one:5122", "http://two:5122"]'
    volumes: ['one:/restate-data']
  two:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      <<: *cluster
      RESTATE_NODE_NAME: two
    volumes: ['two:/restate-data']
volumes: {one: {}, two: {}}
```
"#,
};

/// Finds nodes that share their volume with another.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let sharing: Vec<_> = deployment
        .sharing()
        .into_iter()
        .map(|index| &deployment.servers[index])
        .collect();
    let Some(first) = sharing.first() else {
        return Vec::new();
    };
    let (Data::Named(_, place, spot) | Data::Folder(place, spot)) = &first.data else {
        return Vec::new();
    };
    let names = listed(sharing.iter().map(|server| format!("`{}`", server.service)));
    let message =
        format!("{names} keep their data in `{place}`, so one lost disk takes all copies");
    let help = "give each node a volume of its own, and copy its folder there while it is stopped";
    vec![Found::new(&RULE, spot, message, help)]
}
