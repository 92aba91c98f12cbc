//! RG802: a node of several that may provision a cluster.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::rules::Found;

/// A node of several that may provision a cluster.
pub static RULE: Rule = Rule {
    code: "RG802",
    slug: "every-node-provisions",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A node of a cluster of several may provision a cluster: `auto-provision` is `true`, or is not set, which is the same.

## Why

Every node that may provision a cluster does, when it starts and finds none. With three of them, three clusters of one
node each start, all healthy, and no error is logged (run: 1.7.12). With the setting on the first node alone the cluster
starts well; when that node loses its disk, it provisions a second cluster under the same name (run: 1.7.12).

A generated cluster has a provisioning step that runs once and looks at every node first.

## Fails

```yaml
services:
  one:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: one
      RESTATE_AUTO_PROVISION: 'true'
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://one:5122", "http://two:5122"]'
    volumes: ['one:/restate-data']
  two:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: two
      RESTATE_AUTO_PROVISION: 'false'
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://one:5122", "http://two:5122"]'
    volumes: ['two:/restate-data']
volumes: {one: {}, two: {}}
```

## Passes

```yaml
services:
  one:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: one
      RESTATE_AUTO_PROVISION: 'false'
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://one:5122", "http://two:5122"]'
    volumes: ['one:/restate-data']
  two:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: two
      RESTATE_AUTO_PROVISION: 'false'
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://one:5122", "http://two:5122"]'
    volumes: ['two:/restate-data']
volumes: {one: {}, two: {}}
```
"#,
};

/// Finds nodes that may provision, where there are several.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    if deployment.servers.len() < 2 {
        return Vec::new();
    }
    let may = deployment.servers.iter().filter_map(|server| {
        let given = server.setting("auto-provision");
        match given {
            Some(given) if given.value == false => None,
            given => Some((server, given)),
        }
    });
    let may: Vec<_> = may.collect();
    let is_alone = may.len() == 1;
    may.into_iter()
        .map(|(server, given)| {
            let name = quoted(&server.service);
            let message = match is_alone {
                true => format!("{name} provisions a second cluster when it loses its disk"),
                false => {
                    format!("{name} provisions a cluster of its own when it starts and finds none")
                }
            };
            let help = "set `RESTATE_AUTO_PROVISION` to `false` once the cluster is provisioned";
            let spot = given.map_or(&server.spot, |given| &given.spot);
            Found::new(&RULE, spot, message, help)
        })
        .collect()
}
