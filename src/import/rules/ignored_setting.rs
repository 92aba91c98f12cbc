//! RG806: a setting that the server does not read.

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Rule, Severity, quoted};
use crate::facts::{Mistake, SettingStatus, environment_variable};
use crate::import::Deployment;
use crate::import::rules::Found;

/// A setting that the server does not read.
pub static RULE: Rule = Rule {
    code: "RG806",
    slug: "ignored-setting",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

The server's version does not read a variable that starts with `RESTATE_`, a flag, or a key of the configuration file.

## Why

The server ignores unknown variables and keys, and says nothing (run: 1.5.3 to 1.7.12, `--dump-config` exits 0). So the
default stays in force, and the file says otherwise. Release notes print tables, such as `[common]`, that no version
reads (run: 1.7.12).

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
      RESTATE_LOG_LEVEL: debug
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
      RESTATE_LOG_FILTER: debug
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds what the server does not read.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let mut found = Vec::new();
    for server in &deployment.servers {
        let release = &server.release;
        let ignored = server.settings.iter().filter(|given| !given.is_read);
        for given in ignored {
            let is_variable = given.written.starts_with("RESTATE_");
            let named = |path: &str| match is_variable {
                true => environment_variable(path),
                false => path.to_owned(),
            };
            let mistake = Mistake::of(&given.written).or_else(|| Mistake::of(&given.path));
            let help = match (mistake, release.setting(&given.path)) {
                (Some(mistake), _) => format!("write {}", mistake.instead),
                (None, SettingStatus::Renamed { to, .. }) => {
                    format!("write {}", quoted(&named(to)))
                }
                (None, SettingStatus::NotYet { since, .. }) => {
                    format!("remove it, or upgrade: version {since} has it first")
                }
                (None, _) => {
                    let known = release.settings().map(|setting| setting.path);
                    match closest(&given.path, known) {
                        Some(meant) => format!("did you mean {}?", quoted(&named(meant))),
                        None => "remove it; `restate-gen explain` knows every setting".to_owned(),
                    }
                }
            };
            let message = format!(
                "server {} does not read {}, and says nothing about it",
                release.text(),
                quoted(&given.written)
            );
            found.push(Found::new(&RULE, &given.spot, message, help));
        }
    }
    found
}
