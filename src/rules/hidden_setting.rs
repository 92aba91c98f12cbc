//! RG511: a setting that the vendor does not publish.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{Release, SettingStatus};
use crate::places::settings::GivenSetting;
use crate::server::Owned;

/// A setting that the vendor does not publish.
pub static RULE: Rule = Rule {
    code: "RG511",
    slug: "hidden-setting",
    severity: Severity::Hint,
    since: "0.1.0",
    docs: r#"## What

`settings` contains a key that the server reads but its published schema does not list.

## Why

It works: the server shows it in its own dump (run: 1.5.3 to 1.7.12, `--dump-config`). But it is not promised: such keys
are experiments or leftovers. Any release may remove them or change their meaning, and the server then silently ignores
them.

## Fails

```yaml
settings: {bifrost: {record-size-limit: 1MiB}}
```

## Passes

```yaml
settings: {shutdown-timeout: 45s}
```
"#,
};

/// Finds the settings that work although no schema lists them.
pub fn check(release: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, status, uses } in settings {
        let is_hidden = matches!(status, SettingStatus::Hidden(_));
        // What was renamed and is still read has a finding that says so.
        if !is_hidden || Owned::of(path).is_some() || release.replacement(path).is_some() {
            continue;
        }
        for (at, _) in uses {
            let message = format!(
                "{} reads `{path}` but does not publish it, so any release may remove or change it",
                release.text()
            );
            found.push(
                Diagnostic::new(&RULE, at.as_key(), message)
                    .help("check it again at each upgrade, or remove it"),
            );
        }
    }
    found
}
