//! RG525: a setting with which the cluster keeps less than its guide says.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::Release;
use crate::places::settings::GivenSetting;
use crate::server::Owned;

/// A setting with which the cluster keeps less than its guide says.
pub static RULE: Rule = Rule {
    code: "RG525",
    slug: "setting-at-risk",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A setting makes the server confirm what it has not stored, keep the log in memory only, or never trim it.

## Why

The server takes such settings, which are for its own tests. The generated guide says what a cluster survives, and that
is no longer true with them: a node that restarts loses records, or its disk fills up (restatedev/restate
crates/types/src/config/log_server.rs@v1.7.6, `[DANGEROUS]`).

## Fails

```yaml
settings: {worker: {durability-mode: none}}
```

## Passes

```yaml
settings: {worker: {durability-mode: snapshot-and-replica-set}}
```
"#,
};

/// Finds values that put data at risk.
pub fn check(release: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, uses, .. } in settings {
        if Owned::of(path).is_some() {
            continue;
        }
        for (at, value) in uses {
            let Some(risk) = release.risk(path, value) else {
                continue;
            };
            let message = format!("`{path}: {}` {}", risk.value, risk.statement);
            found.push(Diagnostic::new(&RULE, at.clone(), message).help(
                "remove it; for a cluster whose data may be lost, allow the rule with the reason",
            ));
        }
    }
    found
}
