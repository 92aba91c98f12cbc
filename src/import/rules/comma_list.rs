//! RG805: a list without its brackets.

use serde_json::{Value, json};

use crate::diagnostic::{Rule, Severity, quoted};
use crate::facts::SettingKind;
use crate::import::Deployment;
use crate::import::rules::Found;

/// A list without its brackets.
pub static RULE: Rule = Rule {
    code: "RG805",
    slug: "comma-list",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A variable or flag for a list has words with commas, or one bare word, where the server reads a list in brackets.

## Why

The server does not start: `RESTATE_ROLES=worker,admin` and `RESTATE_METADATA_CLIENT__ADDRESSES=http://a:5122` are
RT0002 (run: 1.7.12). Only the flag `--roles` takes commas.

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
      RESTATE_METADATA_CLIENT__ADDRESSES: http://restate:5122
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
      RESTATE_METADATA_CLIENT__ADDRESSES: '["http://restate:5122"]'
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds lists that are written without brackets.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        for given in &server.settings {
            let is_list = matches!(
                server.release.kind(&given.path),
                Some(
                    SettingKind::List
                        | SettingKind::Texts
                        | SettingKind::Files
                        | SettingKind::HeaderNames
                )
            );
            let Value::String(text) = &given.value else {
                continue;
            };
            if !is_list {
                continue;
            }
            let items: Vec<&str> = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .collect();
            let message = format!(
                "{} is not a list to the server, which does not start",
                quoted(&given.written)
            );
            let help = format!("write `{}`", json!(items));
            found.push(Found::new(&RULE, &given.spot, message, help));
        }
    }
    found
}
