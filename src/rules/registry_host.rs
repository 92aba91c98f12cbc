//! RG407: a registry that engines take for a user of Docker Hub.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;

/// A registry that engines take for a user of Docker Hub.
pub static RULE: Rule = Rule {
    code: "RG407",
    slug: "registry-host",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The host in `registry` has neither a dot nor a port, and is not `localhost`.

## Why

Engines take the first part of an image's name for a registry only when it has a dot or a port, or is `localhost`
([distribution/reference](https://github.com/distribution/reference/blob/main/normalize.go), `splitDockerDomain`).
`mirror/restatedev/restate` is therefore an image of the user `mirror` on Docker Hub. A site without the internet cannot
pull it; any other gets the image of a stranger.

## Fails

```yaml
registry: mirror
```

## Passes

```yaml
registry: mirror:443
```
"#,
};

/// Finds a host that engines do not take for a registry.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(registry) = cluster.registry.as_deref() else {
        return Vec::new();
    };
    let (host, prefix) = match registry.split_once('/') {
        Some((host, prefix)) => (host, format!("/{prefix}")),
        None => (registry, String::new()),
    };
    if host == "localhost" || host.contains(['.', ':']) {
        return Vec::new();
    }
    let message = format!(
        "{} has no dot and no port, so engines take it for a user of Docker Hub, not for a registry",
        quoted(host)
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["registry"]), message).help(format!(
        "write its full name, or its port: `{host}:443{prefix}`"
    ));
    vec![found]
}
