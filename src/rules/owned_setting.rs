//! RG504: a raw setting that the generator sets.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::Release;
use crate::places::settings::GivenSetting;
use crate::server::{Home, Owned};

/// A raw setting that the generator sets.
pub static RULE: Rule = Rule {
    code: "RG504",
    slug: "owned-setting",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`settings` contains a key whose value follows from the rest of the file.

## Why

Names, ids, addresses and roles are not only in the server's configuration. They are also in the peer lists, the port
mappings, the volumes and the provisioning step. Set in one place only, they diverge: a second `auto-provision`
provisions a second cluster (run: 1.7.12, a seed that lost its disk).

## Fails

```yaml
settings:
  cluster-name: orders
```

## Passes

```yaml
name: orders
```
"#,
};

/// Finds the settings that another key of the file decides, or that nothing may set.
pub fn check(_: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, uses, .. } in settings {
        let Some(Owned { path: owned, home }) = Owned::of(path) else {
            continue;
        };
        let (reason, help) = match home {
            Home::Nowhere(reason) => ((*reason).to_owned(), "remove it".to_owned()),
            Home::Key(home) => (
                format!("it follows from `{home}`"),
                format!("remove it, and set `{home}` of the cluster file"),
            ),
        };
        for (at, _) in uses {
            let message = format!("`{owned}` cannot be set here: {reason}");
            found.push(Diagnostic::new(&RULE, at.as_key(), message).help(help.clone()));
        }
    }
    found
}
