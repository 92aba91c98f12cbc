//! RG812: an image without a version.

use crate::diagnostic::{Rule, Severity};
use crate::facts;
use crate::import::Deployment;
use crate::import::rules::Found;

/// An image without a version.
pub static RULE: Rule = Rule {
    code: "RG812",
    slug: "unpinned-version",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

The image of the server has no tag, or one that moves, such as `latest` or `1.7`.

## Why

What runs then depends on the day on which the image was pulled. An upgrade must not skip a minor version, nodes are
upgraded one after the other, and data of a newer version is not read by an older one
([Restate, upgrading](https://docs.restate.dev/server/upgrading)).

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:latest
    environment:
      RESTATE_NODE_NAME: restate-1
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

/// Finds tags that do not say which version runs.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        let image = &server.image;
        let is_pinned = image.digest.is_some()
            || image
                .tag
                .as_deref()
                .is_some_and(|tag| facts::release(tag).is_some());
        if is_pinned {
            continue;
        }
        let message = match &image.tag {
            Some(tag) => {
                format!("the tag `{tag}` moves, so another version may run after the next pull")
            }
            None => "without a tag the newest version runs after each pull".to_owned(),
        };
        let help = format!(
            "write the version that runs, which `docker compose exec {} restate-server --version` says",
            server.service
        );
        found.push(Found::new(&RULE, &image.spot, message, help));
    }
    found
}
