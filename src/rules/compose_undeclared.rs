//! RG685: a network, volume, secret or config that nothing declares.

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::compose_keys;
use crate::topology::Topology;
use crate::topology::compose::{mount, names};

/// A network, volume, secret or config that nothing declares.
pub static RULE: Rule = Rule {
    code: "RG685",
    slug: "compose-undeclared",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`compose.node` or `compose.store` names a network, a volume, a secret or a config that is not declared under `compose`.

## Why

Compose refuses a file in which a service refers to one that is not declared:
`service "restate-1" refers to undefined network backend: invalid compose project` (run: Docker Compose 2.26). An
override file may declare it too: Compose merges both.

## Fails

```yaml
compose:
  node: {networks: [backend]}
```

## Passes

```yaml
compose:
  node: {networks: [backend]}
  networks: {backend: {}}
```
"#,
};

/// Finds names that nothing declares.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let compose = &topology.compose;
    compose_keys(cluster)
        .flat_map(|(_, at, key, value)| {
            let (declared, used): (&Map<String, Value>, Vec<&str>) = match key {
                "networks" => (&compose.networks, names(value)),
                "secrets" => (&compose.secrets, sources(value)),
                "configs" => (&compose.configs, sources(value)),
                "volumes" => (&compose.volumes, volumes(value)),
                _ => return Vec::new(),
            };
            let is_ours = |name: &str| match key {
                "networks" => name == "default",
                "volumes" => is_our_volume(topology, name),
                _ => false,
            };
            let mut undeclared = used;
            undeclared.retain(|name| {
                !declared.contains_key(*name) && !is_ours(name) && !name.contains('$')
            });
            undeclared.dedup();
            let finding = |name: &str| {
                let message = format!(
                    "{} names {}, which is not declared",
                    quoted(key),
                    quoted(name)
                );
                let help = format!(
                    "declare it: `compose: {{{key}: {{{name}: {{}}}}}}`, with Compose's own keys inside"
                );
                Diagnostic::new(&RULE, at.clone().as_key(), message).help(help)
            };
            undeclared.into_iter().map(finding).collect()
        })
        .collect()
}

fn sources(value: &Value) -> Vec<&str> {
    let items = value.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.get("source").unwrap_or(item).as_str())
        .collect()
}

fn volumes(value: &Value) -> Vec<&str> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| mount(item)?.volume).collect()
}

fn is_our_volume(topology: &Topology, name: &str) -> bool {
    let Some(service) = name.strip_suffix("-data") else {
        return false;
    };
    let prefix = topology.compose.prefix.as_str();
    let store = topology.object_store.bundled().map(|(name, ..)| name);
    let other = service.strip_prefix(prefix);
    topology.nodes.iter().any(|node| node.name == service)
        || other == Some("provision")
        || (store.is_some() && other == store)
}
