//! RG706: a version that cannot follow the one before.

use super::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{Release, Upgrade, upgrade};
use crate::source::DocPath;

/// A version that cannot follow the one before.
pub static RULE: Rule = Rule {
    code: "RG706",
    slug: "upgrade-path",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version` skips a minor, is too far from the old one, or goes back. Back by a patch or by one minor is a warning.

## Why

Formats on the disk and between nodes are kept for one minor step: each minor must be run on the way up, and one step down is possible as long as no feature of the newer one was switched on ([Restate, upgrading](https://docs.restate.dev/server/upgrading)).

## Fails

```yaml
version: 1.5.3 # restate-gen: allow RG509 - until the upgrade
```

becomes

```yaml
version: 1.7.12
```

## Passes

```yaml
version: 1.6.2
```

becomes

```yaml
version: 1.7.12
```
"#,
};

/// Finds a version that the old one cannot become, or only with care.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (from, to) = (change.before.release, change.after.release);
    let (before, after) = (from.text(), to.text());
    let (severity, message, help) = match upgrade(from, to) {
        Upgrade::Same | Upgrade::Allowed => return Vec::new(),
        Upgrade::AfterPatch { first } => (
            Severity::Error,
            format!("{before} cannot become {after}: that takes {first} or newer on every node"),
            format!("upgrade to {first} first"),
        ),
        Upgrade::Skips { through } => {
            let stops: Vec<&str> = through.iter().map(|stop: &&Release| stop.text()).collect();
            (
                Severity::Error,
                format!("from {before} to {after} a minor is skipped, and its data may not be read"),
                format!("upgrade to {} first, every node, then on", stops.join(", then ")),
            )
        }
        Upgrade::OlderPatch => (
            Severity::Warning,
            format!("{after} is older than {before}: what was repaired between them comes back"),
            format!("write `version: {before}` unless the newer one is at fault"),
        ),
        Upgrade::Rollback => (
            Severity::Warning,
            format!("{after} is one minor back from {before}, and may not read what that one wrote"),
            "go back only as long as no feature of the newer one was switched on, one node at a time".to_owned(),
        ),
        Upgrade::TooOld => (
            Severity::Error,
            format!("{after} is too old to read what {before} wrote"),
            format!("write `version: {before}`; an older one needs a new cluster"),
        ),
    };
    let found = Diagnostic::new(&RULE, DocPath::of(["version"]), message)
        .severity(severity)
        .help(help);
    vec![found]
}
