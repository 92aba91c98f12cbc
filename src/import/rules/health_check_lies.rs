//! RG808: a health check that says nothing of the server.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::facts::{ADMIN_HEALTH_PATH, INGRESS_HEALTH_PATH};
use crate::import::Deployment;
use crate::import::rules::Found;
use crate::import::server::words;
use crate::model::PortName;

/// A health check that says nothing of the server.
pub static RULE: Rule = Rule {
    code: "RG808",
    slug: "health-check-lies",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

A health check cannot pass, or passes whatever the server does: it calls `wget`, opens a connection only, or asks the
fabric port, which answers from the start.

## Why

The image has `curl` and `jq`, and no `wget` (restatedev/restate docker/Dockerfile@v1.7.6), so the container is never
healthy, and what waits for it never starts. Before the cluster is provisioned, all ports take connections, and
`:5122/health` answers 200 (run: 1.7.12), so such a check says healthy of a node that serves nothing.

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
    healthcheck: {test: [CMD, wget, -q, 'http://localhost:9070/health']}
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
    healthcheck: {test: [CMD, curl, -fsS, -m, '3', 'http://localhost:9070/health']}
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds health checks that say nothing of the server.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        let Some(test) = server.part.find(&["healthcheck", "test"]) else {
            continue;
        };
        let words: Vec<String> = words(test).into_iter().map(|(word, _)| word).collect();
        let line = words.join(" ");
        let name = quoted(&server.service);
        let of = |port: PortName| format!(":{}", server.listens_on(port));
        let opens_only = ["nc ", "/dev/tcp", "ncat "]
            .iter()
            .any(|tool| line.contains(tool));
        let is_empty = ["exit 0", "CMD true", "CMD-SHELL true"]
            .iter()
            .any(|always| line.contains(always));
        let message = if line.contains("wget") {
            format!(
                "the health check of {name} calls wget, which the image does not have, so it never passes"
            )
        } else if opens_only || is_empty {
            format!("the health check of {name} passes before the server works")
        } else if line.contains(&format!("{}{ADMIN_HEALTH_PATH}", of(PortName::Fabric)))
            && !line.contains("Alive")
        {
            format!(
                "the health check of {name} asks the fabric port, which answers before the cluster is provisioned"
            )
        } else {
            continue;
        };
        let help = format!(
            "write `curl -fsS -m 3 http://localhost{}{INGRESS_HEALTH_PATH}`",
            of(PortName::Ingress)
        );
        found.push(Found::new(&RULE, &test.spot, message, help));
    }
    found
}
