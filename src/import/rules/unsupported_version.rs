//! RG813: a version without support.

use crate::diagnostic::{Rule, Severity};
use crate::facts;
use crate::import::Deployment;
use crate::import::rules::Found;

/// A version without support.
pub static RULE: Rule = Rule {
    code: "RG813",
    slug: "unsupported-version",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

The image of the server is of a minor version that gets no more fixes.

## Why

Errors that are found in it stay, also those that open the server to attacks
([Restate, releases](https://github.com/restatedev/restate/releases)).

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.5.3
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

/// Finds versions at their end of life.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        let image = &server.image;
        let release = image.tag.as_deref().and_then(facts::release);
        let Some(release) = release.filter(facts::Release::is_end_of_life) else {
            continue;
        };
        let message = format!("{} gets no more fixes", release.minor().name);
        let help = "upgrade one minor version after the other: `restate-gen upgrade`";
        found.push(Found::new(&RULE, &image.spot, message, help));
    }
    found
}
