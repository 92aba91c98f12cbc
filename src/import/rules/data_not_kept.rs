//! RG804: data that is in no volume.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::rules::Found;
use crate::import::server::Data;

/// Data that is in no volume.
pub static RULE: Rule = Rule {
    code: "RG804",
    slug: "data-not-kept",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

The folder that the server writes to is not in a volume: nothing is mounted there, or memory, or a volume at another
folder, such as `/data` or `/target`.

## Why

The server writes to `base-dir`, which is `/restate-data` by default (restatedev/restate docker/Dockerfile@v1.7.6 and
crates/types/src/config/common.rs). What is not in a volume is gone when the container is created again, which every
change of the file does.

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
    volumes: ['data:/target']
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

/// Finds servers whose data is in no volume.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let found = deployment.servers.iter().filter_map(|server| {
        let folder = server.base_folder();
        let name = quoted(&server.service);
        let (spot, message) = match &server.data {
            Data::Named(..) | Data::Folder(..) => return None,
            Data::Beside(target, _) if folder.starts_with(target.as_str()) => return None,
            Data::Memory(spot) => (spot, format!("{name} keeps its data in memory, so it is gone with the container")),
            Data::Beside(target, spot) => (
                spot,
                format!("{name} writes to {folder}, and only {target} of it is in a volume"),
            ),
            Data::Container => {
                let volumes = server.part.get("volumes").map(|volumes| &volumes.spot);
                (
                    volumes.unwrap_or(&server.spot),
                    format!("{name} writes to {folder}, where no volume is mounted, so its data is gone with the container"),
                )
            }
        };
        Some(Found::new(&RULE, spot, message, format!("mount a volume at {folder}")))
    });
    found.collect()
}
