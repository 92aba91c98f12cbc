//! RG682: a key of a service that follows from the rest of the file.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::compose_keys;
use crate::topology::compose::{Handling, handling};

/// A key of a service that follows from the rest of the file.
pub static RULE: Rule = Rule {
    code: "RG682",
    slug: "compose-owned-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A key under `compose.node` or `compose.store` sets what this tool decides: the image, the command, names, the health
check, limits.

## Why

Each of them follows from other keys of the file, or the provisioning step, the scripts and the other nodes rely on it.
`container_name` is refused because all nodes would get the same one, and Docker refuses the second ([Compose
specification, container_name](https://docs.docker.com/reference/compose-file/services/#container_name)).

## Fails

```yaml
compose:
  node: {container_name: restate}
```

## Passes

```yaml
compose:
  node: {labels: {team: orders}}
```
"#,
};

/// Finds keys that are this tool's.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    compose_keys(cluster)
        .filter_map(|(of, at, key, _)| {
            let Handling::Refused(reason) = handling(of, key) else {
                return None;
            };
            let message = format!("{} cannot be set: {reason}", quoted(key));
            Some(Diagnostic::new(&RULE, at.as_key(), message).help("remove it"))
        })
        .collect()
}
