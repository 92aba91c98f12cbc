//! RG681: a key that no Compose service has.

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::ServiceKey;
use crate::model::Cluster;
use crate::places::compose_keys;

/// A key that no Compose service has.
pub static RULE: Rule = Rule {
    code: "RG681",
    slug: "compose-unknown-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A key under `compose.node` or `compose.store` is not a key of a Compose service.

## Why

Compose refuses the whole file for one key that it does not know: `Additional property netwroks is not allowed`
(run: Docker Compose 2.26). The list is that of the [Compose
specification](https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json); keys that start with
`x-` are allowed.

## Fails

```yaml
compose:
  node: {netwroks: [backend]}
  networks: {backend: {}}
```

## Passes

```yaml
compose:
  node: {networks: [backend]}
  networks: {backend: {}}
```
"#,
};

/// Finds keys that Compose does not know.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    compose_keys(cluster)
        .filter(|(_, _, key, _)| !key.starts_with("x-") && ServiceKey::named(key).is_none())
        .map(|(_, at, key, _)| {
            let message = format!("a Compose service has no key {}", quoted(key));
            let found = Diagnostic::new(&RULE, at.clone().as_key(), message);
            match closest(key, ServiceKey::all().map(|key| key.name)) {
                Some(right) => found
                    .help(format!("write `{right}`"))
                    .fix(at.as_key(), right),
                None => found.help("remove it, or start it with `x-` if it is for another tool"),
            }
        })
        .collect()
}
