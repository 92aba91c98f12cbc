//! RG503: a raw setting of another version.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{Release, SettingStatus};
use crate::places::settings::GivenSetting;
use crate::server::Owned;

/// A raw setting of another version.
pub static RULE: Rule = Rule {
    code: "RG503",
    slug: "setting-not-in-version",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`settings` contains a key that the server of this version ignores, or still reads but has deprecated.

## Why

The server silently ignores the keys of newer and of older versions (run: 1.5.3 to 1.7.12, `--dump-config`). Some
renamed keys are still read; the next minor may stop reading them.

## Fails

```yaml
version: 1.6.2 # restate-gen: allow RG517 - until the upgrade
settings:
  worker: {invoker: {memory-limit: 512MiB}}
```

## Passes

```yaml
version: 1.7.12
settings:
  worker: {invoker: {memory-limit: 512MiB}}
```
"#,
};

/// Finds the settings that came later, were removed, or have a new name.
pub fn check(release: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, status, uses } in settings {
        // Another rule reports what the file cannot set anyway.
        if Owned::of(path).is_some() {
            continue;
        }
        let Some((severity, message, help)) = verdict(release, path, status) else {
            continue;
        };
        for (at, _) in uses {
            found.push(
                Diagnostic::new(&RULE, at.as_key(), message.clone())
                    .severity(severity)
                    .help(help.clone()),
            );
        }
    }
    found
}

fn verdict(
    release: &Release,
    path: &str,
    status: &SettingStatus,
) -> Option<(Severity, String, String)> {
    let version = release.text();
    let ignored = |reason: String, help: String| {
        Some((
            Severity::Error,
            format!("`{path}` {reason}, and {version} silently ignores it"),
            help,
        ))
    };
    let write = |instead: &str| format!("write {instead}");
    match *status {
        SettingStatus::NotYet { since, instead } => ignored(
            format!("came with {since}"),
            instead.map_or_else(|| "remove it, or use a newer `version`".into(), write),
        ),
        SettingStatus::Removed { since, instead } => ignored(
            format!("was removed in {since}"),
            instead.map_or_else(|| "remove it: nothing replaces it".into(), write),
        ),
        SettingStatus::Renamed {
            to,
            since,
            still_read: false,
        } => ignored(
            format!("is called `{to}` since {since}"),
            format!("write `{to}`"),
        ),
        SettingStatus::Renamed {
            to,
            since,
            still_read: true,
        } => Some(deprecated(path, since, format!("write `{to}`"))),
        SettingStatus::Supported(_) | SettingStatus::Hidden(_) => {
            let row = release.replacement(path)?;
            let help = match row.instead {
                Some(to) if row.is_rename => format!("write `{to}`"),
                Some(words) => format!("use {words}"),
                None => "remove it".to_owned(),
            };
            if !row.still_read {
                return ignored(format!("has no effect since {}", row.since), help);
            }
            Some(deprecated(path, row.since, help))
        }
        SettingStatus::Section | SettingStatus::Unknown => None,
    }
}

fn deprecated(path: &str, since: &str, help: String) -> (Severity, String, String) {
    let message =
        format!("`{path}` is deprecated since {since}: it works until a later version removes it");
    (Severity::Warning, message, help)
}
